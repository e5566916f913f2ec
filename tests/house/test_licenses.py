"""What an installation of Nadir brings with it may be used in a product under Apache-2.0.

Read from the metadata of everything that the runtime dependencies install, extras and all. What only the tests need
may have any license: it is never given to anybody.
"""

import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement

from tests.house.tree import read

PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
LOCKED = set(re.findall(r"^([a-z0-9-]+)==", read("requirements.lock"), re.M))
COPYLEFT = re.compile(r"\bA?GPL|GNU (Affero )?General Public|Affero|SSPL|Server Side Public", re.IGNORECASE)
LESSER = re.compile(r"\bLGPL|Lesser General Public|Library General Public", re.IGNORECASE)
PERMITTED = re.compile(
    r"\bMIT\b|\bMIT-0\b|\b0?BSD\b|Apache|\bISC\b|\bPSF\b|Python Software Foundation|\bMPL\b|Mozilla Public|\bZlib\b"
    r"|\bUnlicense\b|CC0",
    re.IGNORECASE,
)
WITHOUT_A_LICENSE_IN_ITS_METADATA: dict[str, str] = {}
"""Packages whose metadata name no license, with where it is found and what it is. None today."""


def name_of(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()


def runtime() -> dict[str, Distribution]:
    """Everything installed that a dependency of the product needs, by name."""
    found: dict[str, Distribution] = {}
    visited: set[tuple[str, str]] = set()

    def walk(requirements: Iterable[str], extra: str) -> None:
        for requirement in map(Requirement, requirements):
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            name = name_of(requirement.name)
            found[name] = distribution(name)
            for wanted in ("", *requirement.extras):
                if (name, wanted) not in visited:
                    visited.add((name, wanted))
                    walk(found[name].requires or (), wanted)

    walk(PROJECT["dependencies"], "")
    return found


def license_of(package: Distribution) -> str:
    """What the metadata say: the expression, else the classifiers, else the beginning of the free text."""
    metadata = package.metadata.json
    classified = [line for line in metadata.get("classifier") or [] if line.startswith("License ::")]
    free = str(metadata.get("license") or "").strip()[:200]
    return str(metadata.get("license_expression") or "; ".join(classified) or free)


def fault(words: str) -> str | None:
    """Why a license cannot be in the runtime; None if it can."""
    alternatives = re.split(r"\bOR\b", words)
    if all(COPYLEFT.search(LESSER.sub("", choice)) for choice in alternatives):
        return "copyleft"
    if not any(PERMITTED.search(choice) for choice in alternatives):
        return "unknown"
    return None


PACKAGES = runtime()


def test_what_is_installed_is_what_is_locked() -> None:
    assert len(PACKAGES) > 40
    assert PACKAGES.keys() <= LOCKED
    assert not {"krippendorff"} & LOCKED


def test_no_package_of_the_runtime_has_a_license_that_an_apache_product_cannot_carry() -> None:
    licenses = {name: license_of(PACKAGES[name]) for name in sorted(PACKAGES)}
    unnamed = [name for name, words in licenses.items() if not words]
    assert [name for name in unnamed if not WITHOUT_A_LICENSE_IN_ITS_METADATA.get(name)] == []
    assert [(name, words, why) for name, words in licenses.items() if words and (why := fault(words))] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("GPL-3.0-or-later", "copyleft"),
        ("GPLv3", "copyleft"),
        ("AGPL-3.0-only", "copyleft"),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "copyleft"),
        ("License :: OSI Approved :: GNU Affero General Public License v3", "copyleft"),
        ("MIT AND GPL-2.0-only", "copyleft"),
        ("Proprietary", "unknown"),
        ("Elastic-2.0", "unknown"),
        ("GPL-2.0-only OR MIT", None),
        ("MPL-2.0 AND MIT", None),
        ("BSD-3-Clause", None),
        ("Apache-2.0 OR BSD-2-Clause", None),
    ],
)
def test_a_license_is_known_by_its_words(words: str, expected: str | None) -> None:
    assert fault(words) == expected
