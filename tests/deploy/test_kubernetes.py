"""deploy/kubernetes is valid by the API's own schemas, and agrees with the image and the server.

There is no cluster: kubernetes-validate has the schemas of each version, and what they do not say is checked here.
"""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from doubles.tutorial import blocks

from palaver_runtime.settings import Environment, Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
# The first that knows `preStop.sleep` without a feature gate, and the latest that the validator knows.
VERSIONS = ("1.30", "1.37")
LABELS = {"app.kubernetes.io/name": "palaver"}


def manifest(name: str) -> dict[str, Any]:
    """Read one of the files."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return found


MANIFESTS = sorted(each.stem for each in FOLDER.glob("*.yaml") if each.stem != "kustomization")


@pytest.fixture(scope="module")
def pod() -> dict[str, Any]:
    """Return what a pod is to be."""
    found: dict[str, Any] = manifest("deployment")["spec"]["template"]["spec"]
    return found


@pytest.fixture(scope="module")
def container(pod: dict[str, Any]) -> dict[str, Any]:
    """Return the one container of a pod."""
    (found,) = pod["containers"]
    return dict(found)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_are_valid(name: str, version: str) -> None:
    """Nothing is missing, misspelt or of the wrong type."""
    kubernetes_validate.validate(manifest(name), version, strict=True)


def test_a_misspelling_is_seen() -> None:
    """The validator knows the words of the API."""
    wrong = manifest("deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="livenesProbe"):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_everything_is_applied_but_the_examples() -> None:
    """kustomization.yaml lists each file; all are in its namespace."""
    kustomization = manifest("kustomization")
    names = [name for name in MANIFESTS if not name.endswith(".example")]
    assert sorted(kustomization["resources"]) == [f"{name}.yaml" for name in names]
    for name in MANIFESTS:
        if name != "namespace":
            assert manifest(name)["metadata"]["namespace"] == kustomization["namespace"]
    assert manifest("namespace")["metadata"]["name"] == kustomization["namespace"]


def test_everything_means_the_same_pods(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """Service, budget and policy select the pods of the deployment, and reach the ports that they open."""
    deployment = manifest("deployment")["spec"]
    assert deployment["template"]["metadata"]["labels"] == LABELS
    assert deployment["selector"]["matchLabels"] == LABELS
    assert manifest("service")["spec"]["selector"] == LABELS
    assert manifest("poddisruptionbudget")["spec"]["selector"]["matchLabels"] == LABELS
    policy = manifest("networkpolicy")["spec"]
    assert policy["podSelector"]["matchLabels"] == LABELS
    port, figures = container["ports"]
    assert manifest("service")["spec"]["ports"][0]["targetPort"] == port["name"]
    assert [each["ports"] for each in policy["ingress"]] == [
        [{"protocol": "TCP", "port": name}] for name in (port["name"], figures["name"])
    ]
    assert manifest("configmap")["data"]["PALAVER_OPERATIONS_PORT"] == str(figures["containerPort"])
    annotations = deployment["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(figures["containerPort"])
    assert container["args"][-1] == str(port["containerPort"])
    (path,) = manifest("ingress.example")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] == manifest("service")["metadata"]["name"]
    assert pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"] == LABELS


def test_pods_are_restricted(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """They keep the standard "restricted" that their namespace enforces, and write nothing but temporary files."""
    labels = manifest("namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert [each["name"] for each in pod["volumes"] if "emptyDir" not in each] == []
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert user
    assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["runAsGroup"]) == tuple(map(int, user.groups()))


def test_settings_are_those_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ConfigMap and Secret say is read, and enough for production once the places are filled in."""
    given = {**manifest("configmap")["data"], **manifest("secret.example")["stringData"]}
    assert set(given) <= {f"PALAVER_{name.upper()}" for name in Settings.model_fields}
    assert {"PALAVER_JWT_SECRET", "PALAVER_DATABASE_URL", "PALAVER_REDIS_URL"} <= set(given)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PALAVER_ENVIRONMENT", "production")
    # A secret that nobody has set starts no server.
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Settings()
    monkeypatch.setenv("PALAVER_JWT_SECRET", "s" * 64)
    assert Settings().environment is Environment.PRODUCTION


def test_settings_and_secrets_reach_the_server(container: dict[str, Any]) -> None:
    """The container takes both, by their names."""
    names = [next(iter(each.values()))["name"] for each in container["envFrom"]]
    assert names == [manifest(name)["metadata"]["name"] for name in ("configmap", "secret.example")]


def test_there_is_time_to_take_leave(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """First the proxies hear that a pod goes, then it drains, and only some seconds later is it killed."""
    drain = float(manifest("configmap")["data"]["PALAVER_SHUTDOWN_SECONDS"])
    wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert wait >= 5
    assert pod["terminationGracePeriodSeconds"] >= wait + drain + 5


def test_probes_ask_what_they_mean(container: dict[str, Any]) -> None:
    """To be without the database ends no pod: it is alive, and not ready."""
    asked = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "readiness", "liveness")}
    assert asked == {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"}


def test_a_rollout_and_a_drained_node_leave_enough() -> None:
    """At no time are fewer instances there than are meant to be, but for one that a drained node takes."""
    spec = manifest("deployment")["spec"]
    assert spec["replicas"] >= 3
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert manifest("poddisruptionbudget")["spec"]["minAvailable"] == spec["replicas"] - 1


def test_polling_stays_where_it_began() -> None:
    """By the client's address, in the service and in the ingress, which goes past it."""
    assert manifest("service")["spec"]["sessionAffinity"] == "ClientIP"
    annotations = manifest("ingress.example")["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/upstream-hash-by"] == "$remote_addr"
    assert int(annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > 25


def test_the_policy_closes_both_ways() -> None:
    """What it does not name is refused, in and out, and it names no whole world."""
    spec = manifest("networkpolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule.get("from") for rule in spec["ingress"])
    assert all(rule.get("to") for rule in spec["egress"])
    assert "ipBlock" not in str(spec)


def test_page_makes_the_secret_that_pods_read(container: dict[str, Any]) -> None:
    """docs/howto/deploy.md makes the namespace, and a secret of the name and with the keys of the example."""
    page = (ROOT / "docs" / "howto" / "deploy.md").read_text()
    commands = [each.split() for block in blocks(page, "sh") for each in block.commands if each.startswith("kubectl ")]
    namespace, secret, applied = commands
    assert namespace == ["kubectl", "create", "namespace", manifest("namespace")["metadata"]["name"]]
    assert secret[1:4] == ["--namespace", namespace[-1], "create"]
    assert secret[4:7] == ["secret", "generic", manifest("secret.example")["metadata"]["name"]]
    assert {"secretRef": {"name": secret[6]}} in container["envFrom"]
    keys = re.findall(r"--from-literal=(\w+)=", " ".join(secret))
    assert keys == list(manifest("secret.example")["stringData"])
    assert (ROOT / applied[-1] / "kustomization.yaml").is_file()
