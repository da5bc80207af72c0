"""The policy file, read at start; what is wrong with it is said all at once."""

from dataclasses import dataclass
from pathlib import Path

from access.rules.policy import Policy, PolicyError
from access.rules.policy_reader import read_policy


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """The policy in force: the file as it was when Guestlist started."""

    policy: Policy

    @classmethod
    def read(cls, path: Path) -> "PolicyFile":
        """Read the file; raises `PolicyError`, also where it is missing or no UTF-8 text."""
        try:
            return cls(read_policy(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise PolicyError(
                [f"{path}: {error.strerror}; GUESTLIST_POLICY_FILE names the policy"]
            ) from error
        except UnicodeDecodeError as error:
            raise PolicyError([f"{path}: save the file as UTF-8 text"]) from error

    def current(self) -> Policy:
        return self.policy
