"""KML, element by element."""

import re
from typing import Final
from xml.etree import ElementTree as ET

#: What XML 1.0 cannot hold, however it is escaped.
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_xml(text: str) -> str:
    """Return a text with a sign in the place of each letter that XML cannot hold."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def kml_root() -> ET.Element:
    """Return an empty document's outermost element."""
    return ET.Element("kml", xmlns="http://www.opengis.net/kml/2.2")


def add(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
    """Add an element with text, whatever letters are in it."""
    child = ET.SubElement(parent, tag, attributes)
    child.text = as_xml(text) or None
    return child


def add_folder(parent: ET.Element, name: str) -> ET.Element:
    """Add a folder."""
    folder = add(parent, "Folder")
    add(folder, "name", name)
    return folder


def kml_bytes(root: ET.Element) -> bytes:
    """Return the document as it stands in a file; its line ends stay what they are."""
    # A reader of XML takes a carriage return as it stands for a line feed.
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content.replace(b"\r", b"&#13;")
