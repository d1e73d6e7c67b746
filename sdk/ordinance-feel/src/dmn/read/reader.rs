//! The state of reading a model: where it stands, and the texts so far.

use roxmltree::Node;

use crate::dmn::model::{ElementPlace, ModelTexts};
use crate::dmn::place::Lines;
use crate::dmn::refusal::RefusalError;
use crate::dmn::xml::text_with_offsets;
use crate::source_text::{Origin, SourceText, TextId};

/// The namespaces of DMN whose models are read, with their versions.
const NAMESPACES: [(&str, &str); 4] = [
    ("http://www.omg.org/spec/DMN/20180521/MODEL/", "1.2"),
    ("https://www.omg.org/spec/DMN/20191111/MODEL/", "1.3"),
    ("https://www.omg.org/spec/DMN/20211108/MODEL/", "1.4"),
    ("https://www.omg.org/spec/DMN/20230324/MODEL/", "1.5"),
];

/// Whether a namespace is that of a version of DMN which is read.
pub(super) fn is_dmn(namespace: Option<&str>) -> bool {
    NAMESPACES.iter().any(|(known, _)| Some(*known) == namespace)
}

/// What reads one file.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    source: &'a str,
    lines: Lines<'a>,
    path: Vec<String>,
    texts: &'a mut ModelTexts,
}

impl<'a> Reader<'a> {
    pub(super) fn of(file: &'a str, source: &'a str, texts: &'a mut ModelTexts) -> Self {
        Self { file, source, lines: Lines::of(source), path: Vec::new(), texts }
    }

    /// Reads within an element, which messages name so.
    pub(super) fn within<T>(&mut self, step: String, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(step);
        let result = read(self);
        self.path.pop();
        result
    }

    /// The place of a node, under the path to what is being read.
    pub(super) fn place(&self, node: Node<'_, '_>) -> ElementPlace {
        let offset = node.range().start;
        ElementPlace {
            file: self.file.into(),
            line: self.lines.line(offset),
            column: self.lines.column(offset),
            element: self.path.join(", "),
        }
    }

    pub(super) fn refuse(&self, node: Node<'_, '_>, reason: impl Into<String>) -> RefusalError {
        self.place(node).refuse(reason)
    }

    /// Keeps the text of an element.
    pub(super) fn keep_text(&mut self, node: Node<'_, '_>) -> Result<TextId, RefusalError> {
        if let Some(child) = node.children().find(Node::is_element) {
            return Err(self.refuse(child, format!("`{}` isn't taken within a text", child.tag_name().name())));
        }
        let (text, offsets) = text_with_offsets(node, self.source);
        let column = offsets.first().map_or(0, |offset| self.lines.column(*offset));
        let lines = offsets.iter().map(|offset| self.lines.line(*offset)).collect();
        let origin = Origin::Text { offsets, lines };
        self.texts.sources.push(SourceText { text, file: self.file.into(), origin });
        self.texts.elements.push(self.path.join(", "));
        self.texts.columns.push(column);
        Ok(TextId(self.texts.sources.len() - 1))
    }

    /// Keeps the text of the child `text`, or says what is wanting.
    pub(super) fn keep_child_text(&mut self, node: Node<'_, '_>) -> Result<TextId, RefusalError> {
        match child(node, "text") {
            Some(text) => self.keep_text(text),
            None => Err(self.refuse(node, format!("`{}` has no `text`", node.tag_name().name()))),
        }
    }

    /// Whether a kept text is blank.
    pub(super) fn is_blank(&self, text: TextId) -> bool {
        self.texts.sources.get(text.0).is_none_or(|source| source.text.trim().is_empty())
    }

    /// The attribute that an element has to have.
    pub(super) fn attribute<'n>(&self, node: Node<'n, '_>, name: &str) -> Result<&'n str, RefusalError> {
        let value = node.attribute(name).map(str::trim).filter(|value| !value.is_empty());
        value.ok_or_else(|| self.refuse(node, format!("`{}` has no attribute `{name}`", node.tag_name().name())))
    }

    /// Refuses an expression language that isn't FEEL.
    pub(super) fn only_feel(&self, node: Node<'_, '_>, attribute: &str) -> Result<(), RefusalError> {
        match node.attribute(attribute) {
            Some(language) if !is_feel(language) => {
                Err(self.refuse(node, format!("the expression language `{language}` isn't taken; only FEEL is")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses the first child of DMN that the caller doesn't take. Comments, texts in other namespaces, descriptions
    /// and extensions mean nothing for a decision.
    pub(super) fn only_children(&self, node: Node<'_, '_>, taken: &[&str]) -> Result<(), RefusalError> {
        match elements(node).find(|child| !taken.contains(&child.tag_name().name())) {
            Some(child) => {
                let reason = format!("`{}` isn't taken in `{}`", child.tag_name().name(), node.tag_name().name());
                Err(self.refuse(child, reason))
            }
            None => Ok(()),
        }
    }
}

fn is_feel(language: &str) -> bool {
    let language = language.trim();
    language.is_empty()
        || language.eq_ignore_ascii_case("feel")
        || (language.contains("omg.org/spec/DMN/") && language.trim_end_matches('/').ends_with("FEEL"))
        || language.contains("omg.org/spec/FEEL/")
}

/// The elements of DMN in an element, without descriptions and extensions.
pub(super) fn elements<'a, 'i>(node: Node<'a, 'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(|child| {
        child.is_element()
            && is_dmn(child.tag_name().namespace())
            && !matches!(child.tag_name().name(), "description" | "extensionElements")
    })
}

/// The first child of this name.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The children of this name.
pub(super) fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    elements(node).filter(move |child| child.tag_name().name() == name)
}

/// The name of a type as an attribute or an element has it, without the prefix that DMN 1.1 wrote.
pub(super) fn type_ref(text: Option<&str>) -> Option<String> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    Some(text.strip_prefix("feel:").unwrap_or(text).to_owned())
}
