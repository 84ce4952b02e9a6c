"""What the pages show and a test does not type: each with the reason, and with what proves it instead."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Apart:
    """Why a command is not typed by the test that follows its page, and which test proves what it says."""

    reason: str
    proof: str


_NETWORK = "installs packages from the network"
_EXTRAS = "tests/house/test_snippets.py::test_what_pages_install_is_offered"
_CLUSTER = "needs a cluster"
_SECRET = "tests/deploy/test_kubernetes.py::test_page_makes_the_secret_that_pods_read"

APART = {
    "pip install 'palaver[client]'": Apart(_NETWORK, _EXTRAS),
    "pip install 'palaver[otel]'": Apart(_NETWORK, _EXTRAS),
    'pip install "palaver[conformance]" pytest': Apart(_NETWORK, _EXTRAS),
    "PALAVER_JWT_SECRET=$(openssl rand -hex 32) docker compose up --build": Apart(
        "needs docker, and images from the network",
        "tests/deploy/test_compose.py::test_page_gives_what_has_no_default",
    ),
    "kubectl create namespace palaver": Apart(_CLUSTER, _SECRET),
    "kubectl --namespace palaver create secret generic palaver "
    "--from-literal=PALAVER_JWT_SECRET=$(openssl rand -hex 32) "
    "--from-literal=PALAVER_DATABASE_URL=postgresql://… --from-literal=PALAVER_REDIS_URL=redis://…": Apart(
        _CLUSTER, _SECRET
    ),
    "kubectl apply --kustomize deploy/kubernetes": Apart(
        _CLUSTER, "tests/deploy/test_kubernetes.py::test_everything_is_applied_but_the_examples"
    ),
    "make run-cluster": Apart(
        "is a server of several processes, which a test of its own has already",
        "tests/conformance/test_cluster.py::test_one_port_serves_polling_and_websocket_and_ends_without_a_trace",
    ),
    "palaver serve --all": Apart(
        "listens on the ports that the dialects have, which belong to no test",
        "tests/pages/test_serving.py::test_dialects_are_where_the_page_says",
    ),
    'make bench ARGS="--all --json bench/results/peers.json"': Apart(
        "takes an hour of a machine with nothing else to do", "tests/bench/test_compare.py"
    ),
    'make bench-shares ARGS="--json bench/results/shares.json"': Apart(
        "needs a kernel that lets it look at a process", "tests/bench/test_shares.py"
    ),
    'make bench-toolchain ARGS="--json bench/results/toolchain.json"': Apart(_NETWORK, "tests/bench/test_toolchain.py"),
    "make bench-toolchain-page": Apart("writes a page that is committed", "tests/bench/tools/test_page.py"),
    'make bench-scale ARGS="--json bench/results/scale.json"': Apart(
        "takes half an hour of a machine with nothing else to do", "tests/bench/test_scale.py"
    ),
    "make bench-scale-page": Apart("writes a page that is committed", "tests/bench/scaling/test_page.py"),
    "make bench-page": Apart("writes a page that is committed", "tests/bench/versus/test_page.py"),
    "make rolling": Apart(
        "is a test of its own, for which it is made small",
        "tests/journeys/test_rolling.py::test_no_send_fails_while_instances_are_restarted",
    ),
}
