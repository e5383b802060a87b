# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-runner as used by AWX: transmit on the server, worker where the job runs, process on the server again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

SENT, WORKER, CONTROLLER = "sent", "worker", "controller"
STREAM, ERRORS = "stream", "errors"


class Run(NamedTuple):
    """A job in its own directory. Its input is in `directory` / SENT."""

    directory: Path
    playbook: str
    ident: str
    environment: Mapping[str, str]
    time_limit: float

    @property
    def artifacts(self) -> Path:
        """Return the artifacts of the job, as AWX sees them."""
        return self.directory / CONTROLLER / "artifacts" / self.ident

    def command(self, *arguments: str | Path) -> list[str]:
        """Run a subcommand of ansible-runner."""
        return [sys.executable, "-m", "ansible_runner", *map(str, arguments)]

    def run(self) -> subprocess.CompletedProcess[bytes]:
        """Run the job and return the output of process."""
        sent = self.command("transmit", self.directory / SENT, "-p", self.playbook, "-i", self.ident)
        worker = self.command("worker", "--private-data-dir", self.directory / WORKER)
        stream, errors = self.directory / STREAM, self.directory / ERRORS
        with (
            stream.open("wb") as output,
            errors.open("wb") as problems,
            subprocess.Popen(sent, env=self.environment, stdout=subprocess.PIPE, stderr=problems) as transmit,
        ):
            subprocess.run(
                worker,
                env=self.environment,
                stdin=transmit.stdout,
                stdout=output,
                stderr=problems,
                check=False,
                timeout=self.time_limit,
            )
            transmit.wait(self.time_limit)
        with stream.open("rb") as received:
            return subprocess.run(
                self.command("process", self.directory / CONTROLLER, "-i", self.ident),
                env=self.environment,
                stdin=received,
                capture_output=True,
                check=False,
                timeout=self.time_limit,
            )
