"""Fill the .docx template of a paper; an office's own in ``YUTU_HOME/papers`` goes before ours.

Imported only where a paper is made: what it stands on would slow every start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from lxml.etree import LxmlError, fromstring, tostring
from PIL import Image

from geo.errors import PaperTemplateError
from geo.texts import Text
from maps.papers.facts import Picture
from maps.papers.words import plain

SHIPPED = Path(__file__).parent
NAMED = re.compile(r"'([^']+)'")


@dataclass(frozen=True, slots=True)
class Filled:
    """A .docx and all that it says, template and data."""

    docx: bytes
    text: str


def find_template(name: str, own: Path | None, room: str = "") -> Path:
    """Return the template of a paper: the office's own where it has one.

    Parameters
    ----------
    own
        Folder of the office's own templates.
    room
        Folder of ours in which it lies, beside this file.
    """
    theirs = own / f"{name}.docx" if own else None
    return theirs if theirs is not None and theirs.is_file() else SHIPPED / room / f"{name}.docx"


def fill_template(template: Path, facts: Mapping[str, Any]) -> Filled:
    """Fill a template.

    Every value is escaped; a template that asks for what is not given is refused, and so is one
    that reaches for more than values (it may come from anywhere).

    Raises
    ------
    PaperTemplateError
        Which tag of it is wrong, and why.
    """
    jinja = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    refuse = partial(_refuse, template)
    try:
        document = DocxTemplate(template)
        document.init_docx()
        document.render({key: _place(document, one) for key, one in facts.items()}, jinja)
        target = BytesIO()
        document.save(target)
        said = "".join(_texts(document))
    except UndefinedError as error:
        raise refuse(_tag_of(str(error.message)), Text("reason.template_unknown")) from error
    except (TemplateSyntaxError, SecurityError, TypeError, ValueError, LxmlError) as error:
        told = Text("reason.template_syntax", {"told": str(error)})
        raise refuse(_line_of(error) or _tag_of(str(error)), told) from error
    except (BadZipFile, PackageNotFoundError, KeyError, AttributeError, OSError) as error:
        raise refuse(template.name, Text("reason.template_no_docx")) from error
    return Filled(target.getvalue(), said)


def _refuse(template: Path, tag: str, reason: Text) -> PaperTemplateError:
    return PaperTemplateError(file=str(template), tag=tag, reason=reason)


def _tag_of(told: str) -> str:
    """Return the name a template's error speaks of, as the tag in which it stands."""
    named = NAMED.findall(told)
    return f"{{{{ {named[-1]} }}}}" if named else "{{ … }}"


def _line_of(error: Exception) -> str:
    """Return the words of the template in which a tag is badly written, without their XML."""
    for line in getattr(error, "docx_context", ()):
        tags = re.findall(r"\{[{%].*?[%}]\}|\{[{%][^{}]*$", re.sub(r"<[^>]+>", "", line))
        if tags:
            return str(tags[0]).strip()
    return ""


def _texts(document: Any) -> Iterator[str]:
    """Return all that a filled paper says: its body, and what stands above and below each page."""
    yield tostring(document.docx.element, method="text", encoding="unicode")
    for relation in document.docx.part.rels.values():
        if relation.reltype in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER):
            yield tostring(fromstring(relation.target_part.blob), method="text", encoding="unicode")


def _place(document: Any, value: Any) -> Any:
    """Return a fact as the template takes it: texts clean, pictures as pictures of its own."""
    if isinstance(value, Mapping):
        return {key: _place(document, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_place(document, one) for one in value]
    if not isinstance(value, Picture):
        return plain(value)
    with Image.open(BytesIO(value.content)) as image:
        wide, high = image.size
    if wide * value.height >= high * value.width:
        return InlineImage(document, BytesIO(value.content), width=Mm(value.width))
    return InlineImage(document, BytesIO(value.content), height=Mm(value.height))
