//! The form of what is said: sentences, lists and tables.

/// Words in sentences, lists and tables. Sentences and headings have no mark at their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prose {
    /// One line.
    Sentence(String),
    /// A heading and what belongs to it, in order.
    List {
        /// What is said of the items, such as "All of these hold".
        lead: String,
        /// The items.
        items: Vec<Prose>,
    },
    /// One after another.
    Sequence(Vec<Prose>),
    /// A table, row by row.
    Table {
        /// What is said of the rows, such as which of them counts.
        lead: String,
        /// The headings of the columns.
        header: Vec<String>,
        /// The rows, each with as many cells as the header.
        rows: Vec<Vec<String>>,
    },
}

impl Prose {
    /// The words as lines of text, with two more blanks before the items of a list.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    fn write(&self, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        match self {
            Self::Sentence(sentence) => text.push_str(&format!("{indent}{sentence}\n")),
            Self::List { lead, items } => {
                text.push_str(&format!("{indent}{lead}:\n"));
                items.iter().for_each(|item| item.write(depth + 1, text));
            }
            Self::Sequence(parts) => parts.iter().for_each(|part| part.write(depth, text)),
            Self::Table { lead, header, rows } => {
                text.push_str(&format!("{indent}{lead}:\n"));
                for cells in std::iter::once(header).chain(rows) {
                    text.push_str(&format!("{indent}  {}\n", cells.join(" | ")));
                }
            }
        }
    }
}
