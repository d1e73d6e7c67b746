//! Rewrites a core module so that it marks what it writes.
//!
//! Of the instructions of WebAssembly 2.0, these change a state that outlives a call: stores, `memory.fill`,
//! `memory.copy`, `memory.init` and `memory.grow`; `global.set`; `table.set`, `table.grow`, `table.fill`, `table.copy`,
//! `table.init`; `elem.drop` and `data.drop`. A module that needs other features isn't rewritten. Stores and the first
//! three set the mark of each line of memory that they write, in a second memory; the globals are saved and restored by
//! functions that the module gets; all others set one mark more, behind the map.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, MemArg, MemorySection, MemoryType, Module, RawSection, TypeSection, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload, Validator, WasmFeatures};

/// The bytes of a line of memory, of which one mark tells: a power of two.
pub(crate) const LINE_BYTES: usize = 1 << LINE_SHIFT;
const LINE_SHIFT: i32 = 7;
/// The most bytes that one store writes. A store marks the line that it begins in, so that restoring a line restores
/// these bytes behind it too.
pub(crate) const STORE_BYTES_MAX: usize = 16;

/// The exports of a rewritten module. One that has an export of these names already can't be compiled, and so isn't
/// reused.
pub(crate) const MAP_EXPORT: &str = "ordinance:map";
pub(crate) const SAVE_EXPORT: &str = "ordinance:save";
pub(crate) const RESTORE_EXPORT: &str = "ordinance:restore";

/// The index of the memory with the marks.
const MAP: u32 = 1;
const PAGE_BYTES: usize = 1 << 16;

/// A rewritten module.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    /// The bytes of the map; the byte behind them is the mark of what can't be restored.
    pub(super) map_bytes: usize,
    /// The bytes of the memory that the map is in.
    pub(super) map_memory_bytes: usize,
}

/// Rewrites a module; `memory_bytes` is the most that its memory may grow to. `None` if it has imports, not exactly one
/// memory, a global of references, `table.grow`, or instructions beyond WebAssembly 2.0. How far a table grows would
/// tell a rule where it runs: the pool of official decisions has a limit of its own.
pub(super) fn rewrite(module: &[u8], memory_bytes: usize) -> Option<Rewritten> {
    Validator::new_with_features(WasmFeatures::WASM2).validate_all(module).ok()?;
    let map_bytes = memory_bytes.div_ceil(LINE_BYTES) + 1;
    let mut rewriter = Rewriter::read(module, map_bytes)?;
    for payload in Parser::new(0).parse_all(module) {
        rewriter.add(module, payload.ok()?)?;
    }
    let map_memory_bytes = map_pages(map_bytes) * PAGE_BYTES;
    Some(Rewritten { bytes: rewriter.out.finish(), map_bytes, map_memory_bytes })
}

/// The pages of the map and of the mark behind it.
fn map_pages(map_bytes: usize) -> usize {
    (map_bytes + 1).div_ceil(PAGE_BYTES)
}

/// What a first reading of the module tells.
struct Rewriter {
    /// The number of parameters of each function type.
    parameters: Vec<u32>,
    /// The type of each function.
    functions: Vec<u32>,
    globals: Vec<GlobalType>,
    map_bytes: usize,
    out: Module,
    code: CodeSection,
    written_functions: usize,
}

impl Rewriter {
    fn read(module: &[u8], map_bytes: usize) -> Option<Self> {
        let (mut parameters, mut functions, mut globals, mut memories) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::ImportSection(_) => return None,
                Payload::TypeSection(reader) => {
                    for function in reader.into_iter_err_on_gc_types() {
                        parameters.push(u32::try_from(function.ok()?.params().len()).ok()?);
                    }
                }
                Payload::FunctionSection(reader) => functions = reader.into_iter().collect::<Result<_, _>>().ok()?,
                Payload::MemorySection(reader) => memories = reader.count(),
                Payload::GlobalSection(reader) => {
                    for global in reader {
                        globals.push(RoundtripReencoder.global_type(global.ok()?.ty).ok()?);
                    }
                }
                _ => {}
            }
        }
        let has_references = globals.iter().any(|global| global.mutable && matches!(global.val_type, ValType::Ref(_)));
        (memories == 1 && !functions.is_empty() && !has_references).then(|| Self {
            parameters,
            functions,
            globals,
            map_bytes,
            out: Module::new(),
            code: CodeSection::new(),
            written_functions: 0,
        })
    }

    /// The mutable globals, each with the index of the global that keeps its saved value.
    fn saved_globals(&self) -> impl Iterator<Item = (u32, u32)> {
        let count = self.globals.len();
        let mutable = (0_u32..).zip(&self.globals).filter(|(_, global)| global.mutable);
        mutable.enumerate().filter_map(move |(order, (index, _))| Some((index, u32::try_from(count + order).ok()?)))
    }

    /// The index of the function that marks a range, behind which come those that save and restore.
    fn mark_function(&self) -> Option<u32> {
        u32::try_from(self.functions.len()).ok()
    }

    fn add(&mut self, module: &[u8], payload: Payload<'_>) -> Option<()> {
        match payload {
            Payload::TypeSection(reader) => {
                let mut types = TypeSection::new();
                RoundtripReencoder.parse_type_section(&mut types, reader).ok()?;
                types.ty().function([ValType::I32, ValType::I32], []);
                types.ty().function([], []);
                self.out.section(&types);
            }
            Payload::FunctionSection(reader) => {
                let mut functions = FunctionSection::new();
                RoundtripReencoder.parse_function_section(&mut functions, reader).ok()?;
                let range_type = u32::try_from(self.parameters.len()).ok()?;
                functions.function(range_type).function(range_type + 1).function(range_type + 1);
                self.out.section(&functions);
            }
            Payload::MemorySection(reader) => {
                let mut memories = MemorySection::new();
                RoundtripReencoder.parse_memory_section(&mut memories, reader).ok()?;
                let pages = u64::try_from(map_pages(self.map_bytes)).ok()?;
                let map = MemoryType {
                    minimum: pages,
                    maximum: Some(pages),
                    memory64: false,
                    shared: false,
                    page_size_log2: None,
                };
                memories.memory(map);
                self.out.section(&memories);
            }
            Payload::GlobalSection(reader) => {
                let mut globals = GlobalSection::new();
                RoundtripReencoder.parse_global_section(&mut globals, reader).ok()?;
                for global in self.globals.iter().filter(|global| global.mutable) {
                    globals.global(*global, &zero(global.val_type)?);
                }
                self.out.section(&globals);
            }
            Payload::ExportSection(reader) => {
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, reader).ok()?;
                let mark = self.mark_function()?;
                exports.export(MAP_EXPORT, ExportKind::Memory, MAP);
                exports.export(SAVE_EXPORT, ExportKind::Func, mark + 1);
                exports.export(RESTORE_EXPORT, ExportKind::Func, mark + 2);
                self.out.section(&exports);
            }
            Payload::CodeSectionStart { .. } | Payload::CustomSection(_) => {}
            Payload::CodeSectionEntry(body) => self.add_function(&body)?,
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    self.out.section(&RawSection { id, data: module.get(range)? });
                }
            }
        }
        Some(())
    }

    /// Adds a function; after the last one those of the rewriting, and with them the code section.
    fn add_function(&mut self, body: &FunctionBody<'_>) -> Option<()> {
        let function = self.rewritten(body)?;
        self.code.function(&function);
        self.written_functions += 1;
        if self.written_functions == self.functions.len() {
            self.code.function(&mark_range());
            let saved: Vec<(u32, u32)> = self.saved_globals().collect();
            self.code.function(&copy_globals(saved.iter().copied()));
            self.code.function(&copy_globals(saved.iter().map(|(own, saved)| (*saved, *own))));
            self.out.section(&self.code);
        }
        Some(())
    }

    fn rewritten(&self, body: &FunctionBody<'_>) -> Option<Function> {
        let function_type = *self.functions.get(self.written_functions)?;
        let mut count = *self.parameters.get(usize::try_from(function_type).ok()?)?;
        let mut locals = Vec::new();
        for group in body.get_locals_reader().ok()? {
            let (many, kind) = group.ok()?;
            count += many;
            locals.push((many, RoundtripReencoder.val_type(kind).ok()?));
        }
        let temporaries = Temporaries::add(&mut locals, count);
        let mut function = Function::new(locals);
        let mut operators = body.get_operators_reader().ok()?;
        while !operators.eof() {
            let operator = operators.read().ok()?;
            self.add_operator(&mut function, operator, &temporaries)?;
        }
        Some(function)
    }

    /// Adds an operator with what marks its effect.
    fn add_operator(&self, function: &mut Function, operator: Operator<'_>, temporaries: &Temporaries) -> Option<()> {
        if matches!(operator, Operator::TableGrow { .. }) {
            return None;
        }
        let store = store_of(&operator)?;
        let is_bulk =
            matches!(operator, Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryInit { .. });
        let is_final = matches!(
            operator,
            Operator::MemoryGrow { .. }
                | Operator::TableSet { .. }
                | Operator::TableFill { .. }
                | Operator::TableCopy { .. }
                | Operator::TableInit { .. }
                | Operator::ElemDrop { .. }
                | Operator::DataDrop { .. }
        );
        let instruction = RoundtripReencoder.instruction(operator).ok()?;
        if let Some((kind, offset)) = store {
            let value = temporaries.of(kind)?;
            let address = temporaries.address;
            function
                .instruction(&Instruction::LocalSet(value))
                .instruction(&Instruction::LocalTee(address))
                .instruction(&Instruction::LocalGet(value))
                .instruction(&instruction)
                .instruction(&Instruction::LocalGet(address));
            if offset != 0 {
                function.instruction(&Instruction::I32Const(offset.cast_signed())).instruction(&Instruction::I32Add);
            }
            function
                .instruction(&Instruction::I32Const(LINE_SHIFT))
                .instruction(&Instruction::I32ShrU)
                .instruction(&Instruction::I32Const(1))
                .instruction(&Instruction::I32Store8(in_map(0)?));
        } else if is_bulk {
            let Temporaries { address, length, .. } = *temporaries;
            let value = temporaries.of(ValType::I32)?;
            function
                .instruction(&Instruction::LocalSet(length))
                .instruction(&Instruction::LocalSet(value))
                .instruction(&Instruction::LocalTee(address))
                .instruction(&Instruction::LocalGet(value))
                .instruction(&Instruction::LocalGet(length))
                .instruction(&instruction)
                .instruction(&Instruction::LocalGet(address))
                .instruction(&Instruction::LocalGet(length))
                .instruction(&Instruction::Call(self.mark_function()?));
        } else if is_final {
            function
                .instruction(&Instruction::I32Const(0))
                .instruction(&Instruction::I32Const(1))
                .instruction(&Instruction::I32Store8(in_map(self.map_bytes)?))
                .instruction(&instruction);
        } else {
            function.instruction(&instruction);
        }
        Some(())
    }
}

/// Locals for the operands of an instruction, which are used twice.
struct Temporaries {
    address: u32,
    length: u32,
    /// One for each type that a store takes.
    values: [(ValType, u32); 5],
}

impl Temporaries {
    fn add(locals: &mut Vec<(u32, ValType)>, first: u32) -> Self {
        let types = [ValType::I32, ValType::I64, ValType::F32, ValType::F64, ValType::V128];
        locals.push((2, ValType::I32));
        let mut next = first + 2;
        let values = types.map(|kind| {
            locals.push((1, kind));
            next += 1;
            (kind, next - 1)
        });
        Self { address: first, length: first + 1, values }
    }

    fn of(&self, kind: ValType) -> Option<u32> {
        self.values.iter().find(|(known, _)| *known == kind).map(|(_, local)| *local)
    }
}

/// The type of the value that an operator stores, and the offset of its address; the inner `None` if it stores nothing.
fn store_of(operator: &Operator<'_>) -> Option<Option<(ValType, u32)>> {
    let (kind, memarg) = match operator {
        Operator::I32Store { memarg } | Operator::I32Store8 { memarg } | Operator::I32Store16 { memarg } => {
            (ValType::I32, memarg)
        }
        Operator::I64Store { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => (ValType::I64, memarg),
        Operator::F32Store { memarg } => (ValType::F32, memarg),
        Operator::F64Store { memarg } => (ValType::F64, memarg),
        Operator::V128Store { memarg }
        | Operator::V128Store8Lane { memarg, .. }
        | Operator::V128Store16Lane { memarg, .. }
        | Operator::V128Store32Lane { memarg, .. }
        | Operator::V128Store64Lane { memarg, .. } => (ValType::V128, memarg),
        _ => return Some(None),
    };
    // The memory has 32 bits, so the offset has; a store beyond the memory traps before its mark is computed.
    u32::try_from(memarg.offset).ok().map(|offset| Some((kind, offset)))
}

/// An access to the map, at an offset.
fn in_map(offset: usize) -> Option<MemArg> {
    Some(MemArg { offset: u64::try_from(offset).ok()?, align: 0, memory_index: MAP })
}

/// The function that marks the lines of a range: its start and its length.
fn mark_range() -> Function {
    let mut function = Function::new([]);
    let line = |function: &mut Function| {
        function.instruction(&Instruction::I32Const(LINE_SHIFT)).instruction(&Instruction::I32ShrU);
    };
    function
        .instruction(&Instruction::LocalGet(1))
        .instruction(&Instruction::If(BlockType::Empty))
        .instruction(&Instruction::LocalGet(0));
    line(&mut function);
    function
        .instruction(&Instruction::I32Const(1))
        .instruction(&Instruction::LocalGet(0))
        .instruction(&Instruction::LocalGet(1))
        .instruction(&Instruction::I32Add)
        .instruction(&Instruction::I32Const(1))
        .instruction(&Instruction::I32Sub);
    line(&mut function);
    function.instruction(&Instruction::LocalGet(0));
    line(&mut function);
    function
        .instruction(&Instruction::I32Sub)
        .instruction(&Instruction::I32Const(1))
        .instruction(&Instruction::I32Add)
        .instruction(&Instruction::MemoryFill(MAP))
        .instruction(&Instruction::End)
        .instruction(&Instruction::End);
    function
}

/// A function that copies globals, each from the first to the second of a pair.
fn copy_globals(pairs: impl Iterator<Item = (u32, u32)>) -> Function {
    let mut function = Function::new([]);
    for (from, to) in pairs {
        function.instruction(&Instruction::GlobalGet(from)).instruction(&Instruction::GlobalSet(to));
    }
    function.instruction(&Instruction::End);
    function
}

fn zero(kind: ValType) -> Option<ConstExpr> {
    Some(match kind {
        ValType::I32 => ConstExpr::i32_const(0),
        ValType::I64 => ConstExpr::i64_const(0),
        ValType::F32 => ConstExpr::f32_const(0.0.into()),
        ValType::F64 => ConstExpr::f64_const(0.0.into()),
        ValType::V128 => ConstExpr::v128_const(0),
        ValType::Ref(_) => return None,
    })
}
