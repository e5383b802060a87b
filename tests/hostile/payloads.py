# Copyright (c) hubops maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Payloads for every language that the collection writes: configuration, scripts, templates, reports, terminal output.

`@MARK@` becomes the path of a file that exists only if the payload was executed, and `@NAME@` its name in other
directories. `@DECOY@` is the URL of a server that must not get any request, `@HOST@` host and port of the server that
sends the payload. Words that begin with zq do not occur anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

LANGUAGES = {
    "jinja": (
        "{{ lookup('ansible.builtin.pipe', 'touch @MARK@') }}",
        "{% if lookup('ansible.builtin.pipe', 'touch @MARK@') %}{% endif %}",
        "#}",
        "{{ cycler.__init__.__globals__.os.system('touch @MARK@') }}",
    ),
    "shell": (
        "$(touch @MARK@)",
        "`touch @MARK@`",
        "'; touch @MARK@; '",
        '"; touch @MARK@; "',
        "| touch @MARK@ &",
        "\ntouch @MARK@\n",
    ),
    "git": (
        '"]\n[credential]\n\thelper = "!touch @MARK@"\n[zq "',
        '\n[credential] helper = "!touch @MARK@"\n',
        "--upload-pack=touch @MARK@",
        "ext::sh -c touch% @MARK@",
    ),
    "markdown": (
        "[zqlink](javascript:alert(1))",
        "](javascript:alert(1))",
        "![zqimage](@DECOY@/image)",
        "<@DECOY@/autolink>",
        "\n# zqheading\n",
        "\n- zqitem\n",
        "\n> zqquote\n",
        "\n```\nzqcode\n```\n",
        " | zqcell | ",
        "**zqbold** @zqmention &lt;zqentity",
    ),
    "html": (
        '"><script src="@DECOY@/script"></script>',
        "' onload='zq()' x='",
        '</script></title></style><img src="@DECOY@/img" onerror="zq()">',
        '<zqtag style="background: url(@DECOY@/style)"><!--',
    ),
    "terminal": (
        "\x1b[2J\x1b[31m",
        "\x1b]8;;@DECOY@/terminal\x1b\\zqlink\x1b]8;;\x1b\\",
        "\x1b]52;c;enE=\x07",
        "\x9b2J\x9d0;zqtitle\x9c",
        "zqhidden\rzqshown",
        "zq\x08\x08\x7f\x00\x0c\x0b",
    ),
    "unicode": (
        "\u202ezqreversed\u202c",
        "\u2066zqisolated\u2069",
        "zq\u200bzq",
        "zq\u2028zq\u2029zq\u0085zq",
        "\ud800zq\udfff",
    ),
    "yaml": (
        "\n- hosts: all\n  tasks: [{ansible.builtin.command: touch @MARK@}]\n",
        '!!python/object/apply:os.system ["touch @MARK@"]',
        "\n...\n---\n&zqanchor *zqanchor: !unsafe zq",
        "%(zq)s %n {0.__class__}",
    ),
    "path": ("../../../zqtraversal", "/../../../zqtraversal", "%2e%2e%2fzqtraversal", "~root/zqtraversal"),
}

# In a URL for git: git's configuration ends a section at the first "]" after a quotation mark, urlsplit treats the
# first brackets as an address, and without a slash everything is the host name. shlex finds as many quotation marks as
# it needs, and curl finds no space.
GIT_URL = 'http://x"][v1.a][credential]helper=!touch${IFS}@NAME@&&true;"@@HOST@/'
URLS = (
    GIT_URL,
    "javascript:alert(1)//@DECOY@",
    "@DECOY@/@FIELD@",
    "http://@HOST@@@DECOYHOST@/@FIELD@",
    "http://x-access-token:zqpassword@@HOST@/@FIELD@",
)

# Printable characters without white space, which are indistinguishable from real tokens.
PRINTABLE_TOKENS = (
    "ghs_$(touch${IFS}@MARK@)`touch${IFS}@MARK@`|touch${IFS}@MARK@|@ID@",
    "ghs_';touch${IFS}@MARK@;'\";touch${IFS}@MARK@;\"&&touch${IFS}@MARK@@ID@",
    "ghs_{{lookup('ansible.builtin.pipe','touch${IFS}@MARK@')}}{%endif%}#}@ID@",
    '"][credential]helper="!touch${IFS}@MARK@";#/../../zqtraversal\\n@ID@',
)
BROKEN_TOKENS = (
    "ghs_zq\nacme/rocket @ID@\n$(touch @MARK@)\n'; touch @MARK@; '",
    "ghs_zq\r\nX-Zq: @DECOY@\r\n\r\nGET @DECOY@/ HTTP/1.1\r\n@ID@",
    "ghs_zq\x1b[2J\x9b2J\u202e\ud800\x00@ID@",
    "{{ lookup('ansible.builtin.pipe', 'touch @MARK@') }} @ID@",
)


class Places(NamedTuple):
    """:param marks: directory of the files that payloads create. :param prefix: of such files in other directories.
    :param decoy: URL of the server that must not get any request.
    """

    marks: str
    prefix: str
    decoy: str


def fill(text: str, places: Places, host: str, language: str, field: str) -> str:
    """Fill in a payload. The file that it creates is named after the language and the field."""
    name = re.sub(r"\W+", "-", f"{language}.{field}")[:60]
    values = {
        "@MARK@": f"{places.marks}/{name}",
        "@NAME@": f"{places.prefix}{name}",
        "@DECOY@": places.decoy,
        "@DECOYHOST@": places.decoy.partition("://")[2],
        "@HOST@": host,
        "@FIELD@": f"zq/{name}",
    }
    return re.sub("|".join(values), lambda match: values[match[0]], text)


def polyglot(first: int = 0, only: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return the language and text of all payloads, starting with a different language for each number."""
    names = list(only or LANGUAGES)
    names = names[first % len(names) :] + names[: first % len(names)]
    return [(name, text) for name in names for text in LANGUAGES[name]]
