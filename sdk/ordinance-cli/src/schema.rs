//! `ordinance schema`: the JSON Schema of a kind of file, by which an editor completes and checks it while it is typed.
//! What the schema allows beyond the parsers, a build tells.

use crate::arguments::{SchemaArguments, SchemaKind};
use crate::exit::{CommandError, Exit};
use crate::terminal;

/// The schema (JSON Schema draft 7, which editors of TOML read).
pub(crate) fn schema_text(kind: SchemaKind) -> &'static str {
    match kind {
        SchemaKind::Rule => include_str!("../schemas/rule.json"),
        SchemaKind::Facts => include_str!("../schemas/facts.json"),
        SchemaKind::Service => include_str!("../schemas/service.json"),
        SchemaKind::Case => include_str!("../schemas/case.json"),
    }
}

pub(crate) fn run(arguments: &SchemaArguments) -> Result<Exit, CommandError> {
    terminal::print_line(schema_text(arguments.kind).trim_end());
    Ok(Exit::Good)
}
