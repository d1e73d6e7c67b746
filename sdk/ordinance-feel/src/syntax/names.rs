//! The names that an expression may use. A name of FEEL may hold blanks and operators (`Monthly Salary`, `a-b`), so
//! only who knows the names can tell where one ends.

use std::collections::HashMap;
use std::sync::LazyLock;

use ordinance_feel_runtime::Builtin;

use super::lexer::lex;
use super::token::TokenKind;
use crate::types::TypeKind;

/// The most words and operators that a name may have; a longer one isn't known.
const NAME_TOKENS_MAX: usize = 64;

/// What an expression may name, but for what it binds itself and the built-in functions, which are always known. Names
/// of one word need not be here to be read; those that are here are proposed in the help of errors.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    names: NameTree,
    members: NameTree,
    types: NameTree,
}

impl Scope {
    /// A scope that knows values and functions by their names.
    #[must_use]
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        Self { names: NameTree::new(names), ..Self::default() }
    }

    /// The same with the names that may stand after a point, or in the condition of a filter.
    #[must_use]
    pub fn with_members<'n>(mut self, members: impl IntoIterator<Item = &'n str>) -> Self {
        self.members = NameTree::new(members);
        self
    }

    /// The same with the names of types that a model defines.
    #[must_use]
    pub fn with_types<'n>(mut self, types: impl IntoIterator<Item = &'n str>) -> Self {
        self.types = NameTree::new(types);
        self
    }

    pub(crate) fn names(&self) -> &NameTree {
        &self.names
    }

    pub(crate) fn members(&self) -> &NameTree {
        &self.members
    }

    pub(crate) fn types(&self) -> &NameTree {
        &self.types
    }
}

/// Names by their tokens: blanks between these don't count.
#[derive(Debug, Clone)]
pub(crate) struct NameTree {
    nodes: Vec<Node>,
    /// The nodes of names in the order in which they were added.
    added: Vec<usize>,
}

#[derive(Debug, Clone, Default)]
struct Node {
    children: HashMap<String, usize>,
    /// The names that end here, as they were added.
    names: Vec<String>,
}

impl Default for NameTree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], added: Vec::new() }
    }
}

impl NameTree {
    pub(crate) fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut tree = Self::default();
        names.into_iter().for_each(|name| tree.add(name));
        tree
    }

    pub(crate) fn add(&mut self, name: &str) {
        let tokens = lex(name);
        let words: Vec<&str> = tokens
            .iter()
            .filter(|token| token.kind != TokenKind::End)
            .filter_map(|token| name.get(token.span.start..token.span.end))
            .collect();
        if words.is_empty() || words.len() > NAME_TOKENS_MAX {
            return;
        }
        let end = words.into_iter().fold(0, |node, word| self.child(node, word));
        if let Some(node) = self.nodes.get_mut(end) {
            node.names.push(name.split_whitespace().collect::<Vec<_>>().join(" "));
            self.added.push(end);
        }
    }

    fn child(&mut self, node: usize, word: &str) -> usize {
        let next = self.nodes.len();
        let Some(parent) = self.nodes.get_mut(node) else { return node };
        if let Some(child) = parent.children.get(word) {
            return *child;
        }
        parent.children.insert(word.to_owned(), next);
        self.nodes.push(Node::default());
        next
    }

    /// How many names were added, to go back to by [`Self::forget`].
    pub(crate) fn len(&self) -> usize {
        self.added.len()
    }

    /// Forgets the names that were added last, down to so many.
    pub(crate) fn forget(&mut self, len: usize) {
        while self.added.len() > len {
            let Some(node) = self.added.pop().and_then(|end| self.nodes.get_mut(end)) else { return };
            node.names.pop();
        }
    }

    /// The longest name that the words begin with: how many words it takes, and how it was added.
    pub(crate) fn longest<'w>(&self, words: impl Iterator<Item = &'w str>) -> Option<(usize, &str)> {
        let mut node = self.nodes.first()?;
        let mut found = None;
        for (index, word) in words.enumerate() {
            let Some(child) = node.children.get(word).and_then(|child| self.nodes.get(*child)) else { break };
            node = child;
            found = node.names.last().map(|name| (index + 1, name.as_str())).or(found);
        }
        found
    }

    pub(crate) fn knows(&self, word: &str) -> bool {
        self.longest(std::iter::once(word)).is_some()
    }

    /// All names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.added.iter().filter_map(|node| self.nodes.get(*node)?.names.last()).map(String::as_str)
    }
}

/// The names of the built-in functions.
pub(crate) static BUILTINS: LazyLock<NameTree> =
    LazyLock::new(|| NameTree::new(Builtin::ALL.iter().map(|function| function.name())));

/// The properties of FEEL's own values whose names have blanks.
pub(crate) static PROPERTIES: LazyLock<NameTree> =
    LazyLock::new(|| NameTree::new(["time offset", "start included", "end included"]));

/// The types of FEEL.
pub(crate) static TYPES: LazyLock<NameTree> = LazyLock::new(|| {
    NameTree::new(TypeKind::NAMES.into_iter().chain(["Null", "list", "range", "context", "function"]))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_counts_and_blanks_do_not() {
        let tree = NameTree::new(["a", "a-b", "Monthly  Salary", "Monthly Salary after tax"]);
        let longest = |words: &[&str]| tree.longest(words.iter().copied()).map(|(n, name)| (n, name.to_owned()));
        assert_eq!(longest(&["a", "-", "b", "-", "c"]), Some((3, "a-b".to_owned())));
        assert_eq!(longest(&["a", "-", "c"]), Some((1, "a".to_owned())));
        assert_eq!(longest(&["Monthly", "Salary", "after", "all"]), Some((2, "Monthly Salary".to_owned())));
        assert_eq!(longest(&["Monthly"]), None);
    }

    #[test]
    fn names_that_were_added_last_are_forgotten() {
        let mut tree = NameTree::new(["x y"]);
        let len = tree.len();
        tree.add("x y z");
        tree.add("x y");
        tree.forget(len);
        assert_eq!(tree.longest(["x", "y", "z"].into_iter()), Some((2, "x y")));
    }
}
