//! Which rows of a batch have the same place, service and days.

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// The columns that tell the query of a row.
pub(crate) struct KeyColumns(Vec<KeyColumn>);

enum KeyColumn {
    Text(ArrayRef),
    Day(ArrayRef),
    /// The key of each row in a dictionary.
    Key(Vec<usize>, ArrayRef),
}

impl KeyColumns {
    /// `None` if a column is of a type whose values aren't compared here.
    pub(crate) fn new<'a>(arrays: impl Iterator<Item = &'a ArrayRef>) -> Option<Self> {
        let column = |array: &ArrayRef| match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(KeyColumn::Text(array.clone())),
            DataType::Date32 => Some(KeyColumn::Day(array.clone())),
            DataType::Dictionary(..) if !array.as_any_dictionary().values().is_empty() => {
                Some(KeyColumn::Key(array.as_any_dictionary().normalized_keys(), array.clone()))
            }
            _ => None,
        };
        arrays.map(column).collect::<Option<_>>().map(Self)
    }

    /// Whether two rows have the same values, or none.
    pub(crate) fn are_same(&self, one: usize, other: usize) -> bool {
        self.0.iter().all(|column| column.are_same(one, other))
    }
}

impl KeyColumn {
    fn are_same(&self, one: usize, other: usize) -> bool {
        let (Self::Text(array) | Self::Day(array) | Self::Key(_, array)) = self;
        if array.is_null(one) || array.is_null(other) {
            return array.is_null(one) && array.is_null(other);
        }
        match self {
            Self::Key(keys, _) => keys.get(one) == keys.get(other),
            Self::Day(days) => {
                let days = days.as_primitive::<Date32Type>();
                days.value(one) == days.value(other)
            }
            Self::Text(texts) => match texts.data_type() {
                DataType::LargeUtf8 => {
                    let texts = texts.as_string::<i64>();
                    texts.value(one) == texts.value(other)
                }
                DataType::Utf8View => {
                    let texts = texts.as_string_view();
                    texts.value(one) == texts.value(other)
                }
                _ => {
                    let texts = texts.as_string::<i32>();
                    texts.value(one) == texts.value(other)
                }
            },
        }
    }
}
