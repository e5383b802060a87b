# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Signatures of a program. It reads the data from standard input, and prints the signature."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Mapping, Optional, Tuple

from ansible_collections.hubops.github_apps.plugins.module_utils._base.errors import OptionError, SignerError
from ansible_collections.hubops.github_apps.plugins.module_utils._base.text import quoted
from ansible_collections.hubops.github_apps.plugins.module_utils._credentials.signers.signer import (
    ReadSecret,
    signature_in,
    timeout_from,
)

# The program's error messages are not shown, because they can contain secrets.
REMEDY = "To see its error messages, run the command as the user who runs the task, with any text as its input."


@dataclass(frozen=True)
class CommandSigner:
    """:param timeout: seconds after which the program is killed."""

    arguments: Tuple[str, ...]
    option: str
    timeout: int
    requirement: ClassVar[str] = "The command must print nothing but the signature, as bytes or in Base64."

    @property
    def identity(self) -> Tuple[Any, ...]:
        return ("command", *self.arguments)

    def sign(self, data: bytes) -> bytes:
        program = f"{self.option}: {quoted(self.arguments[0])}"
        try:
            output, status = run(self.arguments, data, self.timeout)
        except subprocess.TimeoutExpired:
            raise SignerError(
                f"{program} did not finish within {self.timeout} s. Raise signer_timeout if it needs more time. {REMEDY}"
            ) from None
        except (OSError, ValueError) as error:
            reason = os.strerror(getattr(error, "errno", None) or errno.EINVAL)
            raise SignerError(
                f"{program} cannot be started on the host that runs the task: {reason}. Use the path of an executable"
                " file, or the name of a program that is in the PATH of this host."
            ) from None
        if status:
            end = f"exited with status {status}" if status > 0 else f"was terminated by signal {-status}"
            raise SignerError(f"{program} {end} and did not sign. {REMEDY}")
        return signature_in(output)

    def public_key(self) -> Optional[bytes]:
        return None


def run(arguments: Tuple[str, ...], data: bytes, timeout: int) -> Tuple[bytes, int]:
    """The output and the exit status of a program. Raises OSError, ValueError and TimeoutExpired.

    The program gets its own session, so that the programs that it starts are killed with it. (The function run_command
    of modules has no time limit and passes text, and lookups do not have it.)
    """
    process = subprocess.Popen(  # pylint: disable=ansible-bad-function
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return process.communicate(data, timeout)[0], process.returncode
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def command_signer(options: Mapping[str, Any], option: str, _read_secret: ReadSecret) -> CommandSigner:
    return CommandSigner(arguments_in(options["signer_command"]), option, timeout_from(options))


def arguments_in(command: Any) -> Tuple[str, ...]:
    """The program, with `~` expanded in its path, and its arguments. No shell is involved."""
    try:
        arguments = shlex.split(command) if isinstance(command, str) else [str(argument) for argument in command]
    except (TypeError, ValueError):
        arguments = []
    if isinstance(command, Mapping) or not arguments:
        raise OptionError(
            "signer_command must be a program with its arguments, as a list, or as a string with balanced quotes."
        )
    return (os.path.expanduser(arguments[0]), *arguments[1:])
