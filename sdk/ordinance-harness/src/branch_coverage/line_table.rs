//! The line table of a module, from its debug information (DWARF): maps an offset in a function's body to a line of
//! source.

use std::collections::HashMap;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian, SectionId};
use wasmparser::{KnownCustom, Name, NameSectionReader, Parser, Payload};

/// A line of a source file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceLine {
    /// The file, as the compiler names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

/// The line table of a module.
pub struct LineTable<'m> {
    context: Context<EndianSlice<'m, LittleEndian>>,
    /// The offset of each body from the start of the code section's content.
    bodies: Vec<usize>,
    /// The mangled names of functions by their indices, as the module's name section has them: line tables alone name
    /// only functions that are inlined.
    names: HashMap<usize, &'m str>,
}

impl<'m> LineTable<'m> {
    /// Parses a core module. `None` if it has no debug information.
    #[must_use]
    pub fn parse(module: &'m [u8]) -> Option<Self> {
        let mut sections = HashMap::new();
        let mut bodies = Vec::new();
        let mut names = HashMap::new();
        let mut code = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(reader) = section.as_known() {
                        names = function_names(reader);
                    }
                    sections.insert(section.name(), section.data());
                }
                Payload::CodeSectionStart { range, .. } => code = range.start,
                Payload::CodeSectionEntry(body) => bodies.push(body.range().start - code),
                _ => {}
            }
        }
        sections.get(SectionId::DebugLine.name())?;
        let load = |id: SectionId| {
            let data = sections.get(id.name()).copied().unwrap_or_default();
            Ok::<_, addr2line::gimli::Error>(EndianSlice::new(data, LittleEndian))
        };
        let context = Context::from_dwarf(Dwarf::load(load).ok()?).ok()?;
        Some(Self { context, bodies, names })
    }

    /// Whether an offset in the body of a function lies in a function that is wanted, inlined ones included, by its
    /// name as the table has it, mangled or plain, and the file of its source, which may be empty.
    #[must_use]
    pub fn is_in_function(&self, function: usize, offset: usize, is_wanted: impl Fn(&str, &str) -> bool) -> bool {
        let address = self.bodies.get(function).and_then(|body| u64::try_from(body + offset).ok());
        let frames = address.and_then(|address| self.context.find_frames(address).skip_all_loads().ok());
        let Some(mut frames) = frames else { return false };
        let mut own_file = "";
        while let Ok(Some(frame)) = frames.next() {
            let file = frame.location.as_ref().and_then(|location| location.file).unwrap_or_default();
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            if name.is_some_and(|name| is_wanted(&name, file)) {
                return true;
            }
            // The last frame is of the function itself.
            own_file = file;
        }
        self.names.get(&function).is_some_and(|name| is_wanted(name, own_file))
    }

    /// The line of source from which the code at an offset in the body of a function comes: of the innermost inlined
    /// function. `None` without debug information on it.
    #[must_use]
    pub fn innermost_line(&self, function: usize, offset: usize) -> Option<SourceLine> {
        let address = u64::try_from(self.bodies.get(function)? + offset).ok()?;
        let frame = self.context.find_frames(address).skip_all_loads().ok()?.next().ok()??;
        let location = frame.location?;
        Some(SourceLine { file: location.file?.to_owned(), line: location.line? })
    }

    /// The line of source of an offset in the body of a function, given by its index in the code section. For inlined
    /// code, the innermost line in a file for which `is_wanted` is true. `None` if there is no such line.
    #[must_use]
    pub fn line_at(&self, function: usize, offset: usize, is_wanted: impl Fn(&str) -> bool) -> Option<SourceLine> {
        let address = u64::try_from(self.bodies.get(function)? + offset).ok()?;
        let mut frames = self.context.find_frames(address).skip_all_loads().ok()?;
        while let Ok(Some(frame)) = frames.next() {
            let Some(location) = frame.location else { continue };
            if let (Some(file), Some(line)) = (location.file, location.line)
                && is_wanted(file)
            {
                return Some(SourceLine { file: file.to_owned(), line });
            }
        }
        None
    }
}

/// The names of functions by their indices; none for a section that can't be read.
fn function_names(reader: NameSectionReader<'_>) -> HashMap<usize, &str> {
    let mut names = HashMap::new();
    for subsection in reader {
        if let Ok(Name::Function(functions)) = subsection {
            let named = functions.into_iter().filter_map(Result::ok);
            names.extend(named.filter_map(|naming| Some((usize::try_from(naming.index).ok()?, naming.name))));
        }
    }
    names
}
