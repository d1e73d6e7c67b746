//! Places in JSON values, which errors name by pointers.

use ordinance_domain::name::shortened;

/// The path one step further down, as a JSON pointer (RFC 6901).
#[must_use]
pub fn pointer_to(pointer: &str, step: &str) -> String {
    format!("{pointer}/{}", step.replace('~', "~0").replace('/', "~1"))
}

/// A place in a value: the steps from the whole value on. Only an error makes a pointer of it; most values have none.
pub(crate) struct JsonPath<'p> {
    above: Option<&'p JsonPath<'p>>,
    step: Step<'p>,
    /// How many steps it is below the whole value.
    pub(crate) depth: usize,
}

/// The last step to a place: none to the whole value, or one into an object or a list.
pub(crate) enum Step<'p> {
    /// The pointer of the whole value.
    Root(&'p str),
    Name(&'p str),
    Index(usize),
}

impl<'p> JsonPath<'p> {
    /// The whole value, at this pointer.
    pub(crate) fn root(pointer: &'p str) -> Self {
        Self { above: None, step: Step::Root(pointer), depth: 0 }
    }

    /// A member or an element of it. The depth isn't bounded here.
    pub(crate) fn below(&'p self, step: Step<'p>) -> Self {
        Self { above: Some(self), step, depth: self.depth + 1 }
    }

    /// Its JSON pointer; long names are shortened.
    pub(crate) fn pointer(&self) -> String {
        let above = self.above.map(JsonPath::pointer).unwrap_or_default();
        match self.step {
            Step::Root(pointer) => pointer.to_owned(),
            Step::Name(name) => pointer_to(&above, &shortened(name)),
            Step::Index(index) => pointer_to(&above, &index.to_string()),
        }
    }
}
