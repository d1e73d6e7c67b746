//! Debug information (DWARF 4): the file and the line of each instruction that an author wrote.

use std::collections::HashMap;

use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, LineProgram, LineString, Range, RangeList, Sections,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};
use wasm_encoder::{CustomSection, Encode, SectionId};

use super::error::CompileError;
use super::module::PlacedFunction;
use super::options::DebugOptions;
use crate::source_text::{Origin, Place};

fn failed(error: impl std::fmt::Display) -> CompileError {
    CompileError::Encoding(error.to_string())
}

/// Adds the sections of debug information to a module.
pub(super) fn add(
    module: &mut Vec<u8>,
    functions: &[PlacedFunction],
    options: &DebugOptions<'_>,
) -> Result<(), CompileError> {
    let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
    let mut dwarf = DwarfUnit::new(encoding);
    let folder = LineString::String(options.folder.as_bytes().to_vec());
    let name = LineString::String(b"rule.toml".to_vec());
    let mut program = LineProgram::new(encoding, LineEncoding::default(), folder, None, name, None);
    let mut files = HashMap::new();
    let directory = program.default_directory();
    let mut ranges = Vec::new();
    for function in functions {
        let (start, length) = (function.start, function.end.saturating_sub(function.start));
        let (start, length) = (u64::try_from(start).map_err(failed)?, u64::try_from(length).map_err(failed)?);
        ranges.push(Range::StartLength { begin: Address::Constant(start), length });
        program.begin_sequence(Some(Address::Constant(start)));
        for placed in &function.offsets {
            let (file, line) = placed.place.map_or((None, 0), |place| line_of(place, options));
            let file = file.unwrap_or("rule.toml");
            let id = *files
                .entry(file.to_owned())
                .or_insert_with(|| program.add_file(LineString::String(file.as_bytes().to_vec()), directory, None));
            let row = program.row();
            row.address_offset = u64::try_from(placed.offset).map_err(failed)?;
            row.file = id;
            row.line = line.into();
            program.generate_row();
        }
        program.end_sequence(length);
    }
    dwarf.unit.line_program = program;
    let ranges = dwarf.unit.ranges.add(RangeList(ranges));
    let root = dwarf.unit.root();
    let unit = dwarf.unit.get_mut(root);
    unit.set(gimli::DW_AT_name, AttributeValue::String(b"rule.toml".to_vec()));
    unit.set(gimli::DW_AT_comp_dir, AttributeValue::String(options.folder.as_bytes().to_vec()));
    unit.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(0)));
    unit.set(gimli::DW_AT_ranges, AttributeValue::RangeListRef(ranges));
    for function in functions {
        let child = dwarf.unit.add(root, gimli::DW_TAG_subprogram);
        let length = u64::try_from(function.end.saturating_sub(function.start)).map_err(failed)?;
        let start = u64::try_from(function.start).map_err(failed)?;
        let entry = dwarf.unit.get_mut(child);
        entry.set(gimli::DW_AT_name, AttributeValue::String(function.name.clone().into_bytes()));
        entry.set(gimli::DW_AT_low_pc, AttributeValue::Address(Address::Constant(start)));
        entry.set(gimli::DW_AT_high_pc, AttributeValue::Udata(length));
    }
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    dwarf.write(&mut sections).map_err(failed)?;
    sections.for_each(|id, data| {
        if !data.slice().is_empty() {
            module.push(SectionId::Custom.into());
            CustomSection { name: id.name().into(), data: data.slice().into() }.encode(module);
        }
        Ok::<(), CompileError>(())
    })
}

/// The file and the line at which a place begins; of a cell, its row.
fn line_of<'a>(place: Place, options: &DebugOptions<'a>) -> (Option<&'a str>, u32) {
    let Some(text) = options.texts.0.get(place.text.0) else { return (None, 0) };
    let line = match &text.origin {
        Origin::Text { lines, .. } => lines.get(place.span.start).copied().unwrap_or_default(),
        Origin::Cell { row, .. } => *row,
    };
    (Some(&text.file), line)
}
