# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Update tests/unit/contract/operations.json: GitHub's descriptions of the operations we use, by release.

The descriptions come from npm packages with pinned versions. The requests and responses of each operation are stored as
JSON Schema without descriptions and examples. Content that several releases share is stored once, with the list of
releases. A reference points to the schema with that name in the same release.

Add releases of newer packages to PACKAGES. Correct errors of the descriptions in CORRECTIONS, with the reason.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Callable, DefaultDict, Dict, Iterator, List, Optional, Set, Tuple

from operations_table import load_table

Json = Any
RESULT = Path(__file__).parents[1] / "unit" / "contract" / "operations.json"
METHODS = ("get", "put", "post", "patch", "delete")
STUB = "501"  # the only response of an operation that a release does not have
LINE = 160


@dataclass(frozen=True)
class Package:
    """An npm package and its description file for each release."""

    name: str
    version: str
    files: Dict[str, str]
    licence: str = "MIT"


def _servers(major: int, first: int, last: int, pattern: str = "generated/ghes-%s.json") -> Dict[str, str]:
    releases = [f"{major}.{minor}" for minor in range(first, last + 1)]
    return {release: pattern % release for release in releases}


CLOUD = {"ghec": "generated/ghec.json", "cloud": "generated/api.github.com.json"}
# The newest package that contains the release. No package contains 3.0 to 3.3.
PACKAGES = (
    Package("@octokit/openapi", "2.2.1", _servers(2, 18, 22)),
    Package("@octokit/openapi", "10.0.0", _servers(3, 4, 7)),
    Package("@octokit/openapi", "14.0.0", _servers(3, 8, 12)),
    Package("@octokit/openapi", "19.1.0", _servers(3, 13, 16)),
    Package("@octokit/openapi", "23.0.2", {**_servers(3, 17, 19), **CLOUD}),
)
# Extracted from the reference pages soon after the releases, and therefore authoritative for previews. The other
# package lacks previews that were dropped later (fury, doctor-strange, gambit of DELETE /installation/token in 2.20).
PAGES = Package("@octokit/routes", "30.0.3", _servers(2, 18, 21, "ghe-%s.json"))

# Only on servers 3.0 to 3.3, for which no description exists.
UNDESCRIBED = ("apps/create-content-attachment-for-repo",)
OPERATIONS = [
    f"{row.method} {row.path}" for operation, row in load_table().ENDPOINTS.items() if operation not in UNDESCRIBED
]


@dataclass(frozen=True)
class Correction:
    """An error in the description of an operation ("GET /app") or of a schema ("schema NAME") in some releases,
    and the function that corrects it."""

    subject: str
    releases: Tuple[str, ...]
    reason: str
    apply: Callable[[Json], None]


def _list_installations_of_either(description: Json) -> None:
    schema = description["responses"]["200"]["content"]["application/json"]["schema"]
    account = schema["items"]["properties"]["account"]
    account["anyOf"] = account.pop("allOf")


def _notes_may_be_null(schema: Json) -> None:
    for name in ("fingerprint", "note", "note_url"):
        schema["properties"][name]["nullable"] = True


def _mint_without_names(description: Json) -> None:
    del description["requestBody"]["content"]["application/json"]["schema"]["properties"]["repositories"]


def _any_permissions(description: Json) -> None:
    properties = description["requestBody"]["content"]["application/json"]["schema"]["properties"]
    if "def_not_a_repo" not in properties["permissions"]["properties"]:
        raise KeyError("def_not_a_repo")
    properties["permissions"] = {"type": "object", "additionalProperties": {"type": "string"}}


CORRECTIONS = (
    Correction(
        "GET /app/installations",
        (*_servers(3, 8, 19), *CLOUD),
        "The account is a user and an enterprise at once (allOf), which is impossible. It is one of them (anyOf),"
        " as in the schema of a single installation.",
        _list_installations_of_either,
    ),
    Correction(
        "POST /app/installations/{installation_id}/access_tokens",
        tuple(_servers(2, 18, 21)),
        "The property repositories was added later. The reference pages of these releases (as of 2020, in"
        " @octokit/routes) only have repository_ids and permissions.",
        _mint_without_names,
    ),
    Correction(
        "POST /app/installations/{installation_id}/access_tokens",
        tuple(_servers(2, 18, 22)),
        "Generated from an example with five permissions, one of which is def_not_a_repo. The names are not documented.",
        _any_permissions,
    ),
    Correction(
        "schema installation-ghes-2",
        tuple(_servers(2, 18, 21)),
        "app_slug is required as in 2.22, but the reference pages of these releases do not contain it.",
        lambda schema: schema["required"].remove("app_slug"),
    ),
    Correction(
        "schema authorization-with-user",
        ("2.18", "2.19"),
        "Generated from an example, so optional properties cannot be null. The same operation allows null in 2.20.",
        _notes_may_be_null,
    ),
    Correction(
        "schema full-repository",
        tuple(_servers(3, 4, 6)),
        "has_discussions is required, but repositories do not have this property before 3.7.",
        lambda schema: schema["required"].remove("has_discussions"),
    ),
)


def main() -> None:
    """Download the packages, extract the data, and write the result unless only the date has changed."""
    with tempfile.TemporaryDirectory() as directory:
        data = extract(Path(directory))
    if RESULT.exists():
        before = json.loads(RESULT.read_text(encoding="utf-8"))
        if {**before, "date": None} == {**data, "date": None}:
            print(f"{RESULT.name} is up to date.")
            return
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(render(data) + "\n", encoding="utf-8")
    print(f"Wrote {RESULT.name}: {len(data['operations'])} operations, {RESULT.stat().st_size // 1024} KiB")


def render(value: Json, indent: str = "") -> str:
    """Format JSON with sorted keys and short values on one line, so that changes result in small diffs."""
    line = json.dumps(value, sort_keys=True)
    if len(indent + line) <= LINE or not isinstance(value, (dict, list)):
        return line
    inner = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(inner + render(item, inner) for item in value) + f"\n{indent}]"
    items = [f"{inner}{json.dumps(key)}: {render(item, inner)}" for key, item in sorted(value.items())]
    return "{\n" + ",\n".join(items) + f"\n{indent}}}"


def extract(directory: Path) -> Json:
    """Extract the data from all packages."""
    schemas: DefaultDict[str, Variants] = defaultdict(Variants)
    pages = {release: index(document) for release, document in download(PAGES, directory)}
    found = {name: Variants() for name in OPERATIONS}
    newest_ids: Dict[str, str] = {}
    for package in PACKAGES:
        for release, document in download(package, directory):
            for name, schema in document["components"]["schemas"].items():
                put_right(f"schema {name}", release, schema)
            described, reader = index(document), Reader(document, release, schemas)
            for name in OPERATIONS:
                description = described.get(signature(name))
                if description is not None and list(description["responses"]) != [STUB]:
                    corrected = correct(name, release, description, pages.get(release))
                    found[name].add(release, reader.read(corrected))
                    newest_ids[name] = corrected["operationId"]
    return {
        "copyright": "2020 Octokit contributors",
        "corrections": [
            {"subject": item.subject, "releases": list(item.releases), "reason": item.reason} for item in CORRECTIONS
        ],
        "date": date.today().isoformat(),
        "operations": {
            newest_ids[name]: {
                "method": name.split()[0],
                "path": name.split()[1],
                "variants": found[name].result,
            }
            for name in OPERATIONS
        },
        "origin": [
            {"licence": item.licence, "package": item.name, "releases": list(item.files), "version": item.version}
            for item in (*PACKAGES, PAGES)
        ],
        "releases": [release for package in PACKAGES for release in package.files],
        "schemas": {name: variants.result for name, variants in schemas.items()},
    }


def download(package: Package, directory: Path) -> Iterator[Tuple[str, Json]]:
    """Yield each release of the package with its description."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is required to download the descriptions. Install Node.js with npm.")
    print(f"{package.name} {package.version}: {', '.join(package.files)}", flush=True)
    command = [npm, "pack", "--silent", "--pack-destination", str(directory), f"{package.name}@{package.version}"]
    name = subprocess.run(command, check=True, cwd=directory, stdout=subprocess.PIPE, text=True).stdout.split()[-1]
    with tarfile.open(directory / name) as archive:
        for release, file in package.files.items():
            member = archive.extractfile(f"package/{file}")
            assert member is not None
            yield release, json.load(member)
    (directory / name).unlink()


def signature(operation: str) -> str:
    """Method and path without parameter names, which differ between releases."""
    return re.sub(r"{[^}]*}", "{}", operation)


def index(document: Json) -> Dict[str, Json]:
    """Map signatures to the descriptions of a document."""
    return {
        signature(f"{method.upper()} {path}"): description
        for path, item in document["paths"].items()
        for method, description in item.items()
        if method in METHODS
    }


def correct(name: str, release: str, description: Json, pages: Optional[Dict[str, Json]]) -> Json:
    """Return a corrected copy of the description, with the previews of the reference pages."""
    corrected = copy.deepcopy(description)
    if pages is not None:
        corrected["x-github"]["previews"] = pages[signature(name)]["x-github"].get("previews", [])
    put_right(name, release, corrected)
    return corrected


def put_right(subject: str, release: str, described: Json) -> None:
    """Apply the corrections. Exit with an error if one of them is no longer needed."""
    for correction in CORRECTIONS:
        if correction.subject == subject and release in correction.releases:
            try:
                correction.apply(described)
            except (KeyError, ValueError) as error:
                sys.exit(
                    f"Remove the correction of {subject} in {release}: it no longer applies ({error}). {correction.reason}"
                )


class Variants:
    """Contents of several releases. Releases with the same content are stored together."""

    def __init__(self) -> None:
        self.result: List[Json] = []

    def add(self, release: str, content: Json) -> None:
        for variant in self.result:
            if {**variant, "releases": None} == {**content, "releases": None}:
                variant["releases"].append(release)
                return
        self.result.append({**content, "releases": [release]})


class Reader:
    """Converts the descriptions of a document to the stored form. Referenced schemas are added to `schemas`."""

    # Keywords that are irrelevant for validation.
    ANNOTATIONS = ("default", "deprecated", "description", "discriminator", "example", "examples", "externalDocs")
    ANNOTATIONS += ("readOnly", "title", "writeOnly")
    LISTS = ("allOf", "anyOf", "oneOf")

    def __init__(self, document: Json, release: str, schemas: DefaultDict[str, Variants]) -> None:
        self.document = document
        self.release = release
        self.schemas = schemas
        self.seen: Set[str] = set()

    def read(self, description: Json) -> Json:
        parameters = [self.resolve(item) for item in description.get("parameters", [])]
        kept = {
            "previews": sorted(
                item["name"] for item in description["x-github"].get("previews", []) if item["required"]
            ),
            "query": sorted(item["name"] for item in parameters if item["in"] == "query"),
            "request": self.request(description.get("requestBody")),
            "responses": self.responses(description["responses"]),
        }
        later = self.later_statuses(description)
        return {**kept, "later_statuses": later} if later else kept

    def later_statuses(self, description: Json) -> Json:
        """Success statuses that a later API version (X-GitHub-Api-Version) adds or removes (null)."""
        return {
            change["version"]: {
                status: response and {}
                for status, response in change["patch"].get("responses", {}).items()
                if status.startswith("2")
            }
            for change in description.get("x-github-breaking-changes", [])
            if any(
                response is None or status not in description["responses"]
                for status, response in change["patch"].get("responses", {}).items()
            )
        }

    def request(self, body: Optional[Json]) -> Json:
        if body is None:
            return None
        resolved = self.resolve(body)
        return {"required": resolved.get("required", False), "schema": self.content(resolved)}

    def responses(self, described: Json) -> Json:
        return {status: self.content(self.resolve(response)) for status, response in described.items()}

    def content(self, described: Json) -> Json:
        """The schema of the JSON in a request or a response, or None."""
        types = described.get("content", {})
        names = [name for name in types if name.endswith("json") and "scim" not in name]
        return self.schema(types[names[0]].get("schema", {})) if names else None

    def resolve(self, value: Json) -> Json:
        while "$ref" in value:
            value = self.follow(value["$ref"])
        return value

    def follow(self, reference: str) -> Json:
        value = self.document
        for part in reference[2:].split("/"):
            value = value[part.replace("~1", "/").replace("~0", "~")]
        return value

    def schema(self, described: Json) -> Json:
        """Convert to JSON Schema without annotations, with `nullable` as a type, and with references to `schemas`."""
        if "$ref" in described:
            return self.reference(described["$ref"].rpartition("/")[2])
        kept = {
            name: self.part(name, value)
            for name, value in described.items()
            if name not in self.ANNOTATIONS and not name.startswith("x-") and name != "nullable"
        }
        return nullable(kept) if described.get("nullable") else kept

    def part(self, name: str, value: Json) -> Json:
        if name == "properties":
            return {key: self.schema(item) for key, item in value.items()}
        if name in self.LISTS:
            return [self.schema(item) for item in value]
        if name == "items" or (name == "additionalProperties" and isinstance(value, dict)):
            return self.schema(value)
        return value

    def reference(self, name: str) -> Json:
        """Store a schema and return a reference to it."""
        components = self.document["components"]["schemas"]
        if name not in self.seen:
            self.seen.add(name)
            schema = self.schema(components[name])
            base = name.replace("nullable-", "", 1)
            if base != name and schema == nullable(self.schema(components.get(base, {}))):
                schema = nullable(self.reference(base))
            self.schemas[name].add(self.release, {"schema": schema})
        return {"$ref": f"#/$defs/{name}"}


def nullable(schema: Json) -> Json:
    """Return a schema that also allows null."""
    if isinstance(schema.get("type"), str) and not any(name in schema for name in (*Reader.LISTS, "enum")):
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


if __name__ == "__main__":
    main()
