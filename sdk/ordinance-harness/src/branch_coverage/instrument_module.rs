//! Instruments a core module: adds the globals of the bits, the function that returns them, and the code that sets
//! them.

use ordinance_engine::trace::BRANCHES_EXPORT;
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    Instruction, Module, RawSection, TypeSection, ValType,
};
use wasmparser::{FunctionBody, Operator, Parser, Payload};

use super::instrument_error::{InstrumentError, invalid};
use super::module_layout::{ModuleLayout, NumberedBranches, WORD_BITS};

/// Instruments a module. Returns it with the number of the bit of each branch.
pub(super) fn instrument_module(module: &[u8]) -> Result<(Vec<u8>, NumberedBranches), InstrumentError> {
    let mut encoder = ModuleEncoder {
        layout: ModuleLayout::parse(module)?,
        out: Module::new(),
        code: CodeSection::new(),
        functions: 0,
        has_globals: false,
    };
    for payload in Parser::new(0).parse_all(module) {
        encoder.add(module, payload.map_err(invalid)?)?;
    }
    Ok((encoder.out.finish(), encoder.layout.branches))
}

/// Encodes the sections of a module one after the other.
struct ModuleEncoder {
    layout: ModuleLayout,
    out: Module,
    code: CodeSection,
    /// The number of functions that were encoded.
    functions: usize,
    has_globals: bool,
}

impl ModuleEncoder {
    fn add(&mut self, module: &[u8], payload: Payload<'_>) -> Result<(), InstrumentError> {
        match payload {
            Payload::TypeSection(reader) => {
                let mut types = TypeSection::new();
                RoundtripReencoder.parse_type_section(&mut types, reader).map_err(invalid)?;
                types.ty().function([ValType::I32], [ValType::I64]);
                self.out.section(&types);
            }
            Payload::FunctionSection(reader) => {
                let mut functions = FunctionSection::new();
                RoundtripReencoder.parse_function_section(&mut functions, reader).map_err(invalid)?;
                functions.function(u32::try_from(self.layout.parameters.len()).map_err(invalid)?);
                self.out.section(&functions);
            }
            Payload::GlobalSection(reader) => {
                let mut globals = GlobalSection::new();
                RoundtripReencoder.parse_global_section(&mut globals, reader).map_err(invalid)?;
                self.add_globals(globals);
            }
            Payload::ExportSection(reader) => {
                if !self.has_globals {
                    self.add_globals(GlobalSection::new());
                }
                let mut exports = ExportSection::new();
                RoundtripReencoder.parse_export_section(&mut exports, reader).map_err(invalid)?;
                let own = u32::try_from(self.layout.types.len()).map_err(invalid)?;
                exports.export(BRANCHES_EXPORT, ExportKind::Func, self.layout.imported_functions + own);
                self.out.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {}
            Payload::CodeSectionEntry(body) => self.add_function(&body)?,
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    self.out.section(&RawSection { id, data: module.get(range).unwrap_or_default() });
                }
            }
        }
        Ok(())
    }

    fn add_globals(&mut self, mut globals: GlobalSection) {
        for _ in 0..self.layout.words() {
            let kind = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
            globals.global(kind, &ConstExpr::i64_const(0));
        }
        self.out.section(&globals);
        self.has_globals = true;
    }

    /// Adds a function; after the last one the function that returns the bits, and with it the code section.
    fn add_function(&mut self, body: &FunctionBody<'_>) -> Result<(), InstrumentError> {
        self.code.function(&instrument_function(body, self.functions, &self.layout)?);
        self.functions += 1;
        if self.functions == self.layout.types.len() {
            self.code.function(&bits_function(&self.layout));
            self.out.section(&self.code);
        }
        Ok(())
    }
}

/// The function that returns one word of the bits by its number, and for any other number the count of words.
fn bits_function(layout: &ModuleLayout) -> Function {
    let mut function = Function::new([]);
    for word in 0..layout.words() {
        function
            .instruction(&Instruction::LocalGet(0))
            .instruction(&Instruction::I32Const(word.cast_signed()))
            .instruction(&Instruction::I32Eq)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::GlobalGet(layout.globals + word))
            .instruction(&Instruction::Return)
            .instruction(&Instruction::End);
    }
    function.instruction(&Instruction::I64Const(layout.words().into())).instruction(&Instruction::End);
    function
}

fn instrument_function(
    body: &FunctionBody<'_>,
    index: usize,
    layout: &ModuleLayout,
) -> Result<Function, InstrumentError> {
    let kind = layout.types.get(index).and_then(|kind| layout.parameters.get(usize::try_from(*kind).ok()?));
    let mut local_count = *kind.ok_or_else(|| invalid("a function has no type"))?;
    let mut locals = Vec::new();
    for group in body.get_locals_reader().map_err(invalid)? {
        let (count, kind) = group.map_err(invalid)?;
        local_count += count;
        locals.push((count, RoundtripReencoder.val_type(kind).map_err(invalid)?));
    }
    // A local for the condition of a branch, which is used twice.
    let condition = local_count;
    locals.push((1, ValType::I32));
    let mut function = Function::new(locals);
    let start = body.range().start;
    let mut operators = body.get_operators_reader().map_err(invalid)?;
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset().map_err(invalid)?;
        if let Some(bit) = layout.first_bit(index, at - start) {
            let targets = match &operator {
                Operator::BrTable { targets } => Some(targets.len()),
                _ => None,
            };
            set_bit(&mut function, bit, targets, condition, layout);
        }
        function.instruction(&RoundtripReencoder.instruction(operator).map_err(invalid)?);
    }
    Ok(function)
}

/// Emits code that sets the bit of the branch to which the value on the stack leads, and leaves the value there.
/// `targets` is the length of a table, `None` for a condition.
fn set_bit(function: &mut Function, bit: usize, targets: Option<u32>, condition: u32, layout: &ModuleLayout) {
    let word = layout.globals + u32::try_from(bit / WORD_BITS).unwrap_or_default();
    let first = i64::try_from(bit % WORD_BITS).unwrap_or_default();
    function
        .instruction(&Instruction::LocalTee(condition))
        .instruction(&Instruction::GlobalGet(word))
        .instruction(&Instruction::I64Const(1))
        .instruction(&Instruction::LocalGet(condition));
    match targets {
        // The bit of `Yes` comes first, that of `No` after it.
        None => function.instruction(&Instruction::I32Eqz),
        // A value beyond the targets leads to the default.
        Some(count) => function
            .instruction(&Instruction::I32Const(count.cast_signed()))
            .instruction(&Instruction::LocalGet(condition))
            .instruction(&Instruction::I32Const(count.cast_signed()))
            .instruction(&Instruction::I32LtU)
            .instruction(&Instruction::Select),
    };
    function
        .instruction(&Instruction::I64ExtendI32U)
        .instruction(&Instruction::I64Const(first))
        .instruction(&Instruction::I64Add)
        .instruction(&Instruction::I64Shl)
        .instruction(&Instruction::I64Or)
        .instruction(&Instruction::GlobalSet(word));
}
