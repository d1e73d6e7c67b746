//! The values that cross the border of a component, as the component model types them.

#[cfg(not(target_family = "wasm"))]
pub(crate) use wasmtime::component::Val;

/// A value of a component, where no runtime of this process names it: the cases that rules use.
#[cfg(target_family = "wasm")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    Bool(bool),
    U8(u8),
    S8(i8),
    U16(u16),
    S16(i16),
    U32(u32),
    S32(i32),
    U64(u64),
    S64(i64),
    String(String),
    List(Vec<Val>),
    /// The fields by their names, in the order of the type.
    Record(Vec<(String, Val)>),
    /// The case and what it carries.
    Variant(String, Option<Box<Val>>),
    Enum(String),
    Option(Option<Box<Val>>),
}
