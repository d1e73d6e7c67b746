//! The elements of a model that is written.

/// An element that others may require.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Its name in the model.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: ElementKind,
    /// What people ask or call it.
    pub(super) title: Option<String>,
    /// What is said of it, such as its provision.
    pub(super) description: Option<String>,
    /// The type of its values.
    pub(super) type_ref: Option<String>,
    /// The names of the elements that it reads or calls.
    pub(super) requires: Vec<String>,
}

/// The kinds of elements.
#[derive(Debug, Clone)]
pub(super) enum ElementKind {
    /// Input data.
    Input,
    /// A decision that is an expression.
    Literal(String),
    /// A decision that is a table.
    Table(Box<TableElement>),
    /// A business knowledge model: the names of its parameters, and its body.
    Function(Vec<String>, String),
}

/// A decision table.
#[derive(Debug, Clone)]
pub(super) struct TableElement {
    pub(super) hit: &'static str,
    pub(super) aggregation: Option<&'static str>,
    pub(super) inputs: Vec<String>,
    pub(super) outputs: Vec<TableOutput>,
    /// Tests and outputs of each row.
    pub(super) rows: Vec<(Vec<String>, Vec<String>)>,
}

/// An output column.
#[derive(Debug, Clone)]
pub(super) struct TableOutput {
    /// Its name, if the table has several.
    pub(super) name: Option<String>,
    pub(super) values: Option<String>,
    pub(super) default: Option<String>,
}

impl Element {
    pub(super) fn is_function(&self) -> bool {
        matches!(self.kind, ElementKind::Function(..))
    }

    pub(super) fn is_input(&self) -> bool {
        matches!(self.kind, ElementKind::Input)
    }

    /// The id, from its place among the elements.
    pub(super) fn id(index: usize) -> String {
        format!("e{}", index + 1)
    }
}
