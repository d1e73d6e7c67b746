//! The module of a rule: its functions, those that it calls, its memory and its data.

use std::collections::BTreeMap;

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, FunctionSection, GlobalSection, GlobalType, Instruction as I, MemorySection,
    MemoryType, Module, NameMap, NameSection, TypeSection, ValType,
};

use super::code::{Body, Code, PlacedOffset};
use super::compiler::{Compiler, FIRST_EXPORT, FIRST_HELPER};
use super::error::CompileError;
use super::error::Compiling;
use super::helpers::{Helper, PAGE_BYTES};
use super::link::{ALLOCATE, Library, LinkedFunction, exports};

/// The fuel that a function of the library is reckoned to take at most for each part of its arguments, by its name:
/// twice of what the largest values were seen to take. Most take some dozens; what computes with all digits of large
/// numbers takes much more.
pub(super) fn library_fuel(name: &str) -> u64 {
    match name {
        "operator.power" => 4_000_000,
        "function.exp" | "function.log" => 2_000_000,
        "function.modulo" | "function.string" => 500_000,
        "function.stddev" => 100_000,
        "function.sqrt" => 40_000,
        name if ["make.", "get.", "list.", "state."].iter().any(|start| name.starts_with(start)) => 2_000,
        _ => 25_000,
    }
}

/// A function of the rule, before it is encoded.
struct Own {
    /// By which calls name it.
    number: u32,
    name: String,
    parameters: Vec<ValType>,
    results: Vec<ValType>,
    body: Body,
}

/// A module, with what its debug information needs.
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    /// For each function of the rule, in their order: its name, the offset of its body from the start of the section's
    /// content, its end, and the places of its instructions.
    pub(super) placed: Vec<PlacedFunction>,
    pub(super) fuel_bound: Option<u64>,
}

/// A function and the places at which its instructions were written.
pub(super) struct PlacedFunction {
    pub(super) name: String,
    /// Of its first byte, that of the count of locals, from the start of the code section's content.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) offsets: Vec<PlacedOffset>,
}

/// The function that a module is for.
pub(super) struct Entry<'a> {
    /// By which it is exported.
    pub(super) name: &'static str,
    pub(super) parameters: &'a [ValType],
    pub(super) body: Body,
}

/// The number by which calls name `cabi_realloc`.
const REALLOC: u32 = 1;

/// Makes the module.
pub(super) fn make(compiler: Compiler<'_>, entry: Entry<'_>, library: Option<&Library>) -> Compiling<Made> {
    let name = entry.name;
    let own = own_functions(&compiler, entry);
    let first = number(own.len());
    let linked = match library {
        Some(library) => library.reached(&compiler.exports, first)?,
        None => BTreeMap::new(),
    };
    let resolve = |called: u32| -> u32 {
        match called.checked_sub(FIRST_EXPORT) {
            Some(export) => {
                let name = usize::try_from(export).ok().and_then(|export| compiler.exports.get(export));
                let function = name.and_then(|name| library?.export(name));
                function.and_then(|function| linked.get(&function)).map_or(u32::MAX, |linked| linked.index)
            }
            None => own.iter().zip(0..).find(|(own, _)| own.number == called).map_or(u32::MAX, |(_, index)| index),
        }
    };
    let mut module = Module::new();
    let mut types = Types::default();
    let mut functions = FunctionSection::new();
    let signatures = own.iter().map(|own| (&own.parameters, &own.results));
    let of_library = linked.values().map(|LinkedFunction { parameters, results, .. }| (parameters, results));
    for (parameters, results) in signatures.chain(of_library) {
        functions.function(types.index(parameters, results));
    }
    module.section(&types.section());
    module.section(&functions);
    let (pages, data_pages) = pages(&compiler, library);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: pages + data_pages,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    module.section(&globals(&compiler, library)?);
    let index_of = |wanted: u32| own.iter().zip(0..).find(|(own, _)| own.number == wanted).map_or(0, |(_, at)| at);
    module.section(&exports((name, index_of(0)), index_of(REALLOC)));
    let (code, placed) = code_section(&own, resolve, library, &linked)?;
    module.section(&code);
    module.section(&data_section(&compiler, library, &linked)?);
    module.section(&names(&own));
    let library_data: usize =
        library.into_iter().flat_map(|library| library.data_of(&linked)).map(|segment| segment.data.len()).sum();
    let fuel_bound = fuel_bound(&own, &compiler, library_data);
    Ok(Made { bytes: module.finish(), placed, fuel_bound })
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The pages of the library's memory, and those of the rule's data after it.
fn pages(compiler: &Compiler<'_>, library: Option<&Library>) -> (u64, u64) {
    let data = number(compiler.data.bytes.len()) + compiler.data.zeros;
    match library {
        Some(library) => (library.pages, u64::from(data.div_ceil(PAGE_BYTES))),
        None => (0, u64::from((compiler.data.start + data).div_ceil(PAGE_BYTES)).max(1)),
    }
}

fn globals(compiler: &Compiler<'_>, library: Option<&Library>) -> Compiling<GlobalSection> {
    let mut globals = GlobalSection::new();
    match library {
        Some(library) => library.add_globals(&mut globals)?,
        None => {
            let data = compiler.data.start + number(compiler.data.bytes.len()) + compiler.data.zeros;
            let heap = i32::try_from(data.next_multiple_of(8)).map_err(|_| too_large())?;
            let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            globals.global(kind, &ConstExpr::i32_const(heap));
        }
    }
    Ok(globals)
}

fn too_large() -> CompileError {
    CompileError::Encoding("the constants of the rule are too large".to_owned())
}

/// The functions of the rule: its own, `cabi_realloc`, and the helpers that are called.
fn own_functions(compiler: &Compiler<'_>, entry: Entry<'_>) -> Vec<Own> {
    use ValType::I32;
    let function = |number: u32, name: &str, parameters: &[ValType], results: &[ValType], body: Body| Own {
        number,
        name: name.to_owned(),
        parameters: parameters.to_vec(),
        results: results.to_vec(),
        body,
    };
    let allocate = compiler.helpers.get(&Helper::Allocate).copied().unwrap_or(FIRST_HELPER);
    let mut realloc = Code::new(&[I32; 4]);
    realloc.push(I::LocalGet(3));
    realloc.push(I::Call(allocate));
    let mut own = vec![
        function(0, entry.name, entry.parameters, &[I32], entry.body),
        function(REALLOC, "cabi_realloc", &[I32; 4], &[I32], realloc.finish()),
    ];
    if compiler.fails {
        let functions = compiler.failures.functions(!compiler.exports.is_empty());
        own.extend(functions.into_iter().map(|fail| function(fail.number, fail.name, &[I32], &[], fail.body)));
    }
    for (helper, number) in &compiler.helpers {
        let body = match (helper, compiler.exports.iter().position(|name| *name == ALLOCATE)) {
            (Helper::Allocate, Some(export)) => allocate_of_library(FIRST_EXPORT + u32::try_from(export).unwrap_or(0)),
            _ => helper.body(),
        };
        own.push(function(*number, helper.name(), helper.parameters(), &[helper.result()], body));
    }
    own
}

fn allocate_of_library(export: u32) -> Body {
    let mut code = Code::new(&[ValType::I32]);
    [I::LocalGet(0), I::I32Const(15), I::I32Add, I::I32Const(-16), I::I32And, I::Call(export)]
        .into_iter()
        .for_each(|instruction| code.push(instruction));
    code.finish()
}

/// The types of functions, each once.
#[derive(Default)]
struct Types(Vec<(Vec<ValType>, Vec<ValType>)>);

impl Types {
    fn index(&mut self, parameters: &[ValType], results: &[ValType]) -> u32 {
        let wanted = (parameters.to_vec(), results.to_vec());
        let known = self.0.iter().position(|known| *known == wanted).unwrap_or_else(|| {
            self.0.push(wanted);
            self.0.len() - 1
        });
        number(known)
    }

    fn section(&self) -> TypeSection {
        let mut section = TypeSection::new();
        for (parameters, results) in &self.0 {
            section.ty().function(parameters.iter().copied(), results.iter().copied());
        }
        section
    }
}

fn code_section(
    own: &[Own],
    resolve: impl Fn(u32) -> u32,
    library: Option<&Library>,
    linked: &BTreeMap<u32, LinkedFunction>,
) -> Compiling<(CodeSection, Vec<PlacedFunction>)> {
    let mut code = CodeSection::new();
    let mut placed = Vec::new();
    let count = number(own.len() + linked.len());
    let mut at = leb_bytes(count);
    for function in own {
        let (bytes, offsets) = function.body.encode(&resolve);
        code.raw(&bytes);
        let start = at + leb_bytes(number(bytes.len()));
        at = start + bytes.len();
        placed.push(PlacedFunction { name: function.name.clone(), start, end: at, offsets });
    }
    if let Some(library) = library {
        library.add_code(linked, &mut code)?;
    }
    Ok((code, placed))
}

/// The bytes of a number in LEB128.
fn leb_bytes(number: u32) -> usize {
    match number {
        0..=0x7f => 1,
        0x80..=0x3fff => 2,
        0x4000..=0x1f_ffff => 3,
        0x20_0000..=0xfff_ffff => 4,
        _ => 5,
    }
}

fn data_section(
    compiler: &Compiler<'_>,
    library: Option<&Library>,
    linked: &BTreeMap<u32, LinkedFunction>,
) -> Compiling<DataSection> {
    let mut data = DataSection::new();
    if let Some(library) = library {
        library.add_data(linked, &mut data)?;
    }
    let start = i32::try_from(compiler.data.start).map_err(|_| too_large())?;
    data.active(0, &ConstExpr::i32_const(start), compiler.data.bytes.iter().copied());
    Ok(data)
}

fn names(own: &[Own]) -> NameSection {
    let mut functions = NameMap::new();
    own.iter().zip(0..).for_each(|(own, index)| functions.append(index, &own.name));
    let mut names = NameSection::new();
    names.functions(&functions);
    names
}

/// The most fuel of one call: that of the rule's function, and what the host takes to hand over its arguments.
fn fuel_bound(own: &[Own], compiler: &Compiler<'_>, library_data: usize) -> Option<u64> {
    if compiler.lengthens_texts {
        return None;
    }
    let mut known: BTreeMap<u32, u64> = BTreeMap::new();
    // Helpers call nothing but the library.
    for function in own.iter().rev() {
        let fuel_of = |called: u32| match called.checked_sub(FIRST_EXPORT) {
            Some(export) => {
                let name = usize::try_from(export).ok().and_then(|export| compiler.exports.get(export));
                name.map(|name| library_fuel(name))
            }
            None => known.get(&called).copied(),
        };
        let fuel = function.body.fuel(fuel_of);
        match fuel {
            Some(fuel) => {
                known.insert(function.number, fuel);
            }
            None if function.number == 0 => return None,
            None => {}
        }
    }
    // The copy of the data at the start of a call costs fuel too.
    let data = u64::try_from(compiler.data.bytes.len() + library_data).unwrap_or(u64::MAX);
    known.get(&0).map(|fuel| fuel.saturating_add(data).saturating_add(ARGUMENTS_FUEL))
}

/// What the host takes for its calls of `cabi_realloc`.
const ARGUMENTS_FUEL: u64 = 10_000;
