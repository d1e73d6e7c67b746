//! XML within limits: no document types (and so no entities), a bounded size, number of nodes and depth.

use roxmltree::{Document, Node, ParsingOptions};

use super::place::Lines;
use super::refusal::RefusalError;

/// The most bytes of a file.
const FILE_BYTES_MAX: usize = 32 << 20;
/// The most nodes of a file.
const NODES_MAX: u32 = 2_000_000;
/// The deepest that elements are nested.
const DEPTH_MAX: u32 = 96;

/// Parses a file of XML within the limits.
pub(super) fn parse<'a>(file: &str, text: &'a str) -> Result<Document<'a>, RefusalError> {
    if text.len() > FILE_BYTES_MAX {
        return Err(whole(file, format!("the file has {} bytes; the most are {FILE_BYTES_MAX}", text.len())));
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| bad_xml(file, text, &error))?;
    match too_deep(&document) {
        Some(node) => Err(at(file, text, node.range().start, format!("elements are nested deeper than {DEPTH_MAX}"))),
        None => Ok(document),
    }
}

fn bad_xml(file: &str, text: &str, error: &roxmltree::Error) -> RefusalError {
    match error {
        roxmltree::Error::DtdDetected => {
            let offset = text.find("<!DOCTYPE").unwrap_or(0);
            at(file, text, offset, "a document type (`<!DOCTYPE`) isn't taken, since it may define entities".into())
        }
        roxmltree::Error::UnclosedRootNode => {
            let reason = "the file isn't well-formed XML: it ends within an element; is it the whole file?";
            at(file, text, text.len(), reason.into())
        }
        roxmltree::Error::NodesLimitReached => whole(file, format!("the file has more than {NODES_MAX} nodes")),
        other => {
            let position = other.pos();
            let message = other.to_string();
            let reason = match message.rsplit_once(" at ") {
                Some((what, _)) => format!("the file isn't well-formed XML: {what}"),
                None => format!("the file isn't well-formed XML: {message}"),
            };
            RefusalError { line: position.row, column: position.col, ..whole(file, reason) }
        }
    }
}

/// The first element that is nested too deep. Counts without recursion.
fn too_deep<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    let mut depths: Vec<u32> = Vec::new();
    for node in document.descendants() {
        let above = node.parent().and_then(|parent| depths.get(parent.id().get_usize())).copied().unwrap_or(0);
        depths.resize(node.id().get_usize(), 0);
        depths.push(above + 1);
        if above + 1 > DEPTH_MAX {
            return Some(node);
        }
    }
    None
}

fn whole(file: &str, reason: String) -> RefusalError {
    RefusalError { file: file.into(), line: 0, column: 0, element: String::new(), reason, help: None }
}

fn at(file: &str, text: &str, offset: usize, reason: String) -> RefusalError {
    let lines = Lines::of(text);
    RefusalError { line: lines.line(offset), column: lines.column(offset), ..whole(file, reason) }
}

/// The text of an element that holds nothing but text, and for each byte of it, and for its end, the offset in the
/// file.
pub(super) fn text_with_offsets(node: Node<'_, '_>, source: &str) -> (String, Vec<usize>) {
    let text: String = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
    let offsets = decoded(node, source).filter(|(decoded, _)| *decoded == text).map(|(_, offsets)| offsets);
    let offsets = offsets.unwrap_or_else(|| vec![node.range().start; text.len() + 1]);
    (text, offsets)
}

/// Reads the text of an element from the source a second time, to know where each of its bytes stands.
fn decoded(node: Node<'_, '_>, source: &str) -> Option<(String, Vec<usize>)> {
    let first = node.first_child()?;
    let start = first.range().start;
    let end = source.get(..node.range().end)?.rfind("</")?;
    let mut text = String::new();
    let mut offsets = Vec::new();
    let mut at = start;
    while at < end {
        let (piece, bytes) = next_piece(source.get(at..end)?)?;
        offsets.extend(std::iter::repeat_n(at, piece.len()));
        text.push_str(&piece);
        at += bytes;
    }
    offsets.push(end);
    Some((text, offsets))
}

/// The text of the next piece of the source, and how many bytes it takes: a character, a reference, a comment or the
/// borders of CDATA.
fn next_piece(rest: &str) -> Option<(String, usize)> {
    if rest.starts_with("<!--") {
        return Some((String::new(), rest.find("-->")? + 3));
    }
    if rest.starts_with("<![CDATA[") {
        return Some((String::new(), "<![CDATA[".len()));
    }
    if rest.starts_with("]]>") {
        return Some((String::new(), 3));
    }
    if rest.starts_with("\r\n") {
        return Some(("\n".into(), 2));
    }
    if rest.starts_with('&') {
        let end = rest.find(';')?;
        return Some((reference(rest.get(1..end)?)?.to_string(), end + 1));
    }
    let character = rest.chars().next()?;
    Some((character.to_string(), character.len_utf8()))
}

fn reference(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        match parse("m.dmn", text) {
            Ok(_) => "taken".into(),
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn entities_are_refused_before_they_are_read() {
        let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\n<d>&b;</d>";
        assert!(refusal(bomb).starts_with("m.dmn:2:1: a document type"), "{}", refusal(bomb));
        assert!(refusal("<d>&b;</d>").contains("isn't well-formed XML: unknown entity reference 'b'"));
    }

    #[test]
    fn xml_that_is_broken_or_deep_is_refused_with_its_line() {
        assert!(
            refusal("<a>\n<b></a>").starts_with("m.dmn:2:4: the file isn't well-formed XML"),
            "{}",
            refusal("<a>\n<b></a>")
        );
        assert!(refusal("").contains("isn't well-formed XML"));
        let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert!(refusal(&deep).contains("nested deeper than 96"), "{}", refusal(&deep));
    }

    #[test]
    fn each_byte_of_a_text_knows_its_offset_in_the_file() {
        let source = "<t>a &lt; <!-- no --><![CDATA[<b]]>&#x4e2d;</t>";
        let document = parse("m.dmn", source).unwrap();
        let (text, offsets) = text_with_offsets(document.root_element(), source);
        assert_eq!(text, "a < <b中");
        assert_eq!(offsets[2], source.find("&lt;").unwrap());
        assert_eq!(offsets[5], source.find("b]").unwrap());
        assert_eq!(offsets.len(), text.len() + 1);
        assert_eq!(offsets[text.len()], source.find("</t>").unwrap());
    }
}
