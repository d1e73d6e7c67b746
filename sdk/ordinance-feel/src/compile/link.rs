//! The linker: takes from the run-time library the functions that a rule reaches.
//!
//! The library is one module without imports, tables and start function. A rule gets the functions that its own ones
//! call, and those that these call, with the types that they have, all globals of the library (its stack pointer) and
//! the data segments that these functions read: each byte of them costs a unit of fuel at every call. The rule's own
//! memory begins on the page after the library's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{CodeSection, DataSection, ExportSection, Function, GlobalSection, ValType};
use wasmparser::{BinaryReader, ExternalKind, FuncType, FunctionBody, Operator, Parser, Payload};

use super::error::CompileError;
use super::error::Compiling;

/// The run-time library.
const LIBRARY: &[u8] = include_bytes!("../../runtime.wasm");

/// The library's section that tells which data segments each function reads; `EXPORTS.md` says its form.
const SEGMENTS_SECTION: &str = "segments";

/// The library's function that gives memory.
pub(super) const ALLOCATE: &str = "memory.allocate";

/// The library, parsed.
pub(super) struct Library {
    types: Vec<FuncType>,
    /// The type of each function.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'static>>,
    exports: HashMap<&'static str, u32>,
    globals: Option<wasmparser::GlobalSectionReader<'static>>,
    /// The data segments.
    data: Vec<wasmparser::Data<'static>>,
    /// The data segments that a function reads, by the number of the function.
    segments: HashMap<u32, Vec<u32>>,
    /// The pages of memory with which it begins.
    pub(super) pages: u64,
}

/// A function of the library in a rule.
pub(super) struct LinkedFunction {
    pub(super) parameters: Vec<ValType>,
    pub(super) results: Vec<ValType>,
    pub(super) index: u32,
}

fn broken(error: impl std::fmt::Display) -> CompileError {
    CompileError::Inconsistent(format!("the run-time library can't be read: {error}"))
}

impl Library {
    /// The embedded library, which is parsed once.
    pub(super) fn embedded() -> Compiling<&'static Self> {
        static EMBEDDED: LazyLock<Compiling<Library>> = LazyLock::new(Library::parse);
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    fn parse() -> Compiling<Self> {
        let mut library = Self {
            types: Vec::new(),
            functions: Vec::new(),
            bodies: Vec::new(),
            exports: HashMap::new(),
            globals: None,
            data: Vec::new(),
            segments: HashMap::new(),
            pages: 0,
        };
        for payload in Parser::new(0).parse_all(LIBRARY) {
            match payload.map_err(broken)? {
                Payload::TypeSection(types) => {
                    for kind in types.into_iter_err_on_gc_types() {
                        library.types.push(kind.map_err(broken)?);
                    }
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        library.functions.push(kind.map_err(broken)?);
                    }
                }
                Payload::MemorySection(memories) => {
                    for memory in memories {
                        library.pages = memory.map_err(broken)?.initial;
                    }
                }
                Payload::GlobalSection(globals) => library.globals = Some(globals),
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export.map_err(broken)?;
                        if export.kind == ExternalKind::Func {
                            library.exports.insert(export.name, export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => library.bodies.push(body),
                Payload::DataSection(data) => {
                    library.data = data.into_iter().collect::<Result<_, _>>().map_err(broken)?;
                }
                Payload::CustomSection(section) if section.name() == SEGMENTS_SECTION => {
                    library.segments = read_segments(BinaryReader::new(section.data(), 0)).map_err(broken)?;
                }
                _ => {}
            }
        }
        Ok(library)
    }

    /// The functions that these exports reach, each with its index in the rule, from `first` on.
    pub(super) fn reached(&self, exports: &[&str], first: u32) -> Compiling<BTreeMap<u32, LinkedFunction>> {
        let mut open: Vec<u32> = Vec::new();
        for export in exports {
            open.push(*self.exports.get(export).ok_or_else(|| broken(format!("it has no function `{export}`")))?);
        }
        let mut found: BTreeMap<u32, LinkedFunction> = BTreeMap::new();
        while let Some(function) = open.pop() {
            if found.contains_key(&function) {
                continue;
            }
            found.insert(function, self.linked(function)?);
            for operator in self.body(function)?.get_operators_reader().map_err(broken)? {
                if let Operator::Call { function_index } = operator.map_err(broken)? {
                    open.push(function_index);
                }
            }
        }
        found.values_mut().zip(first..).for_each(|(function, index)| function.index = index);
        Ok(found)
    }

    fn linked(&self, function: u32) -> Compiling<LinkedFunction> {
        let at = usize::try_from(function).map_err(broken)?;
        let kind = self.functions.get(at).and_then(|kind| self.types.get(usize::try_from(*kind).ok()?));
        let kind = kind.ok_or_else(|| broken("a function has no type"))?;
        let convert = |kinds: &[wasmparser::ValType]| {
            kinds.iter().map(|kind| RoundtripReencoder.val_type(*kind).map_err(broken)).collect::<Compiling<Vec<_>>>()
        };
        Ok(LinkedFunction { parameters: convert(kind.params())?, results: convert(kind.results())?, index: 0 })
    }

    fn body(&self, function: u32) -> Compiling<&FunctionBody<'static>> {
        let at = usize::try_from(function).map_err(broken)?;
        self.bodies.get(at).ok_or_else(|| broken("a function has no body"))
    }

    /// The number of an export's function.
    pub(super) fn export(&self, name: &str) -> Option<u32> {
        self.exports.get(name).copied()
    }

    /// Adds the bodies of the functions.
    pub(super) fn add_code(&self, linked: &BTreeMap<u32, LinkedFunction>, code: &mut CodeSection) -> Compiling<()> {
        let mut renumber = Renumber { linked };
        for function in linked.keys() {
            let body = self.body(*function)?;
            let mut locals = Vec::new();
            for group in body.get_locals_reader().map_err(broken)? {
                let (count, kind) = group.map_err(broken)?;
                locals.push((count, RoundtripReencoder.val_type(kind).map_err(broken)?));
            }
            let mut made = Function::new(locals);
            for operator in body.get_operators_reader().map_err(broken)? {
                made.instruction(&renumber.instruction(operator.map_err(broken)?).map_err(broken)?);
            }
            code.function(&made);
        }
        Ok(())
    }

    /// Adds the library's globals, which come first.
    pub(super) fn add_globals(&self, globals: &mut GlobalSection) -> Compiling<()> {
        match &self.globals {
            Some(found) => RoundtripReencoder.parse_global_section(globals, found.clone()).map_err(broken),
            None => Ok(()),
        }
    }

    /// The data segments that the functions read.
    pub(super) fn data_of(&self, linked: &BTreeMap<u32, LinkedFunction>) -> Vec<&wasmparser::Data<'static>> {
        let read: BTreeSet<u32> =
            linked.keys().filter_map(|function| self.segments.get(function)).flatten().copied().collect();
        self.data.iter().zip(0..).filter(|(_, index)| read.contains(index)).map(|(segment, _)| segment).collect()
    }

    /// Adds the data segments that the functions read, each at its own address.
    pub(super) fn add_data(&self, linked: &BTreeMap<u32, LinkedFunction>, data: &mut DataSection) -> Compiling<()> {
        let segments = self.data_of(linked).into_iter();
        segments.cloned().try_for_each(|segment| RoundtripReencoder.parse_data(data, segment)).map_err(broken)
    }
}

/// For each function its number, how many segments it reads, and their indices.
fn read_segments(mut reader: BinaryReader<'_>) -> wasmparser::Result<HashMap<u32, Vec<u32>>> {
    let mut found = HashMap::new();
    while !reader.eof() {
        let function = reader.read_var_u32()?;
        let count = reader.read_var_u32()?;
        found.insert(function, (0..count).map(|_| reader.read_var_u32()).collect::<wasmparser::Result<_>>()?);
    }
    Ok(found)
}

/// Gives functions their indices in the rule.
struct Renumber<'a> {
    linked: &'a BTreeMap<u32, LinkedFunction>,
}

impl Reencode for Renumber<'_> {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, wasm_encoder::reencode::Error> {
        Ok(self.linked.get(&function).map_or(u32::MAX, |function| function.index))
    }
}

/// Exports the memory and the functions of a rule.
pub(super) fn exports((name, function): (&str, u32), realloc: u32) -> ExportSection {
    let mut exports = ExportSection::new();
    exports.export("memory", wasm_encoder::ExportKind::Memory, 0);
    exports.export(name, wasm_encoder::ExportKind::Func, function);
    exports.export("cabi_realloc", wasm_encoder::ExportKind::Func, realloc);
    exports
}
