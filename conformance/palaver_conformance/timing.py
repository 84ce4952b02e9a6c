"""How long the harness waits, scaled as a whole for slow machines and servers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """The waits, in seconds at factor 1.

    All of them are upper bounds for things that are expected to happen: nothing is ever proven by waiting.
    `readiness` is how long a launched server may take to answer, before the factor.
    """

    factor: float = 1.0
    readiness: float = 30.0

    @property
    def reply(self) -> float:
        """For an answer, an acknowledgement or an expected event."""
        return 10.0 * self.factor

    @property
    def connect(self) -> float:
        """For a connection to be opened."""
        return 10.0 * self.factor

    @property
    def expiry(self) -> float:
        """For something that ends by itself after some seconds, such as typing or presence."""
        return 12.0 * self.factor

    @property
    def scenario(self) -> float:
        """For a whole scenario, so that none can hang the suite: far more than its single waits, however many."""
        return 120.0 * self.factor

    @property
    def disturbance(self) -> float:
        """For a whole scenario in which something is broken and mended."""
        return 240.0 * self.factor

    @property
    def healing(self) -> float:
        """For everything to be as before, by itself, once what was broken is there again."""
        return 5.0 * self.factor

    @property
    def ghost(self) -> float:
        """For the users of a killed instance to go offline."""
        return 20.0 * self.factor

    @property
    def launch(self) -> float:
        """For a launched server to answer."""
        return self.readiness * self.factor

    @property
    def hook(self) -> float:
        """For a command of the tester's own, such as one that forgets what was stored."""
        return 60.0 * self.factor
