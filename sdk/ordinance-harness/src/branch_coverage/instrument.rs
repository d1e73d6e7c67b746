//! Sets a bit on each way out of every branch of a component's one core module: the bits stand in globals of their own, and an
//! added export gives them. What the component computes stays the same; it uses more fuel.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    Alias, BlockType, CanonicalFunctionSection, CodeSection, Component, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentTypeSection, ConstExpr, ExportKind, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Instruction, Module, PrimitiveValType, RawSection, TypeSection, ValType,
};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentTypeRef, ExternalKind,
    FunctionBody, Operator, Parser, Payload,
};

use super::branch::{Branch, BranchDirection};
use ordinance_engine::trace::BRANCHES_EXPORT;

/// How many bits a global holds.
const WORD_BITS: usize = 64;

/// Each way with the number of its bit.
type NumberedBranches = Vec<(usize, Branch)>;

fn fault(error: impl std::fmt::Display) -> String {
    format!("its code can't be counted on: {error}")
}

/// The component with its branches counted, and the bit of each way.
pub(super) fn instrument(component: &[u8]) -> Result<(Vec<u8>, NumberedBranches), String> {
    let (mut out, mut custom) = (Component::new(), Vec::new());
    let (mut indices, mut ways, mut depth) = (ComponentIndices::default(), None, 0_usize);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(fault)?;
        if depth == 0 {
            indices.count(&payload)?;
            match &payload {
                Payload::ModuleSection { unchecked_range, .. } => {
                    if ways.is_some() {
                        return Err(fault("it has more than one core module"));
                    }
                    let module = component.get(unchecked_range.clone()).unwrap_or_default();
                    let (module, found) = instrument_module(module)?;
                    out.section(&RawSection { id: MODULE_SECTION, data: &module });
                    ways = Some(found);
                }
                Payload::CustomSection(_) => custom.extend(payload.as_section()),
                payload => {
                    if let Some((id, range)) = payload.as_section() {
                        let data = component.get(range).unwrap_or_default();
                        out.section(&RawSection { id, data });
                    }
                }
            }
        }
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    indices.add_export(&mut out)?;
    // The manifest stays the last, as the loader expects it.
    for (id, range) in custom {
        out.section(&RawSection { id, data: component.get(range).unwrap_or_default() });
    }
    let ways = ways.ok_or_else(|| fault("it has no core module"))?;
    Ok((out.finish(), ways))
}

/// The id of the section of a component that holds a core module (Component Model, Binary.md).
const MODULE_SECTION: u8 = 1;

/// How many items of each kind a component has defined so far.
#[derive(Default)]
struct ComponentIndices {
    types: u32,
    core_functions: u32,
    functions: u32,
    core_instances: u32,
    /// The core instance of the module.
    instance: Option<u32>,
}

impl ComponentIndices {
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), String> {
        match payload {
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let wasmparser::Instance::Instantiate { .. } = instance.map_err(fault)? {
                        self.instance.get_or_insert(self.core_instances);
                    }
                    self.core_instances += 1;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions.clone() {
                    match function.map_err(fault)? {
                        CanonicalFunction::Lift { .. } => self.functions += 1,
                        _ => self.core_functions += 1,
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    match alias.map_err(fault)? {
                        ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } => self.core_functions += 1,
                        ComponentAlias::InstanceExport { kind, .. } => self.count_kind(kind),
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => self.types += 1,
                        ComponentAlias::CoreInstanceExport { .. } | ComponentAlias::Outer { .. } => {}
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import.map_err(fault)?.ty {
                        ComponentTypeRef::Type(_) => self.types += 1,
                        ComponentTypeRef::Func(_) => self.functions += 1,
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.count_kind(export.map_err(fault)?.kind);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn count_kind(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Type => self.types += 1,
            ComponentExternalKind::Func => self.functions += 1,
            _ => {}
        }
    }

    /// Lifts the function of the module that gives the bits, and exports it.
    fn add_export(&self, out: &mut Component) -> Result<(), String> {
        let instance = self.instance.ok_or_else(|| fault("its core module is never instantiated"))?;
        let mut aliases = ComponentAliasSection::new();
        aliases.alias(Alias::CoreInstanceExport { instance, kind: ExportKind::Func, name: BRANCHES_EXPORT });
        out.section(&aliases);
        let mut types = ComponentTypeSection::new();
        types.function().params([("word", PrimitiveValType::U32)]).result(Some(PrimitiveValType::U64.into()));
        out.section(&types);
        let mut functions = CanonicalFunctionSection::new();
        functions.lift(self.core_functions, self.types, []);
        out.section(&functions);
        let mut exports = ComponentExportSection::new();
        exports.export(BRANCHES_EXPORT, ComponentExportKind::Func, self.functions, None);
        out.section(&exports);
        Ok(())
    }
}

/// What must be known of a module before its code is written anew.
#[derive(Default)]
struct ModuleLayout {
    /// How many parameters each type has.
    parameters: Vec<u32>,
    /// The type of each function of its own.
    types: Vec<u32>,
    imported_functions: u32,
    globals: u32,
    ways: NumberedBranches,
    /// How many bits there are, with those that are left over at the end of a word.
    bits: usize,
}

impl ModuleLayout {
    fn of(module: &[u8]) -> Result<Self, String> {
        let mut layout = Self::default();
        let mut function = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(fault)? {
                Payload::TypeSection(types) => {
                    for kind in types.into_iter_err_on_gc_types() {
                        layout.parameters.push(u32::try_from(kind.map_err(fault)?.params().len()).map_err(fault)?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import.map_err(fault)?.ty {
                            wasmparser::TypeRef::Func(_) => layout.imported_functions += 1,
                            wasmparser::TypeRef::Global(_) => layout.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        layout.types.push(kind.map_err(fault)?);
                    }
                }
                Payload::GlobalSection(globals) => layout.globals += globals.count(),
                Payload::CodeSectionEntry(body) => {
                    layout.find_branches(function, &body)?;
                    function += 1;
                }
                _ => {}
            }
        }
        Ok(layout)
    }

    fn find_branches(&mut self, function: usize, body: &FunctionBody<'_>) -> Result<(), String> {
        let start = body.range().start;
        let mut operators = body.get_operators_reader().map_err(fault)?;
        while !operators.eof() {
            let (operator, at) = operators.read_with_offset().map_err(fault)?;
            let ways: Vec<BranchDirection> = match operator {
                Operator::If { .. } | Operator::BrIf { .. } => vec![BranchDirection::Yes, BranchDirection::No],
                Operator::BrTable { targets } if targets.len() as usize >= WORD_BITS => continue,
                Operator::BrTable { targets } => table_branches(&targets)?,
                _ => continue,
            };
            // The bits of one branch stand in one word.
            if self.bits % WORD_BITS + ways.len() > WORD_BITS {
                self.bits = self.bits.next_multiple_of(WORD_BITS);
            }
            for taken in ways {
                self.ways.push((self.bits, Branch { function, offset: at - start, taken }));
                self.bits += 1;
            }
        }
        Ok(())
    }

    fn words(&self) -> u32 {
        u32::try_from(self.bits.div_ceil(WORD_BITS)).unwrap_or(u32::MAX)
    }

    /// The first bit of the branch at a place.
    fn first_bit(&self, function: usize, offset: usize) -> Option<usize> {
        let is_it = |(_, way): &&(usize, Branch)| way.function == function && way.offset == offset;
        self.ways.iter().find(is_it).map(|(bit, _)| *bit)
    }
}

/// The ways out of a branch of several: those that lead to the same place are one, by its first number.
fn table_branches(targets: &wasmparser::BrTable<'_>) -> Result<Vec<BranchDirection>, String> {
    let labels: Vec<u32> = targets.targets().collect::<Result<_, _>>().map_err(fault)?;
    let first = |label: u32| labels.iter().position(|known| *known == label);
    let numbered = labels.iter().filter_map(|label| first(*label)).map(BranchDirection::Case);
    let otherwise = first(targets.default()).map_or(BranchDirection::Otherwise, BranchDirection::Case);
    Ok(numbered.chain([otherwise]).collect())
}

/// The module with its branches counted.
fn instrument_module(module: &[u8]) -> Result<(Vec<u8>, NumberedBranches), String> {
    let layout = ModuleLayout::of(module)?;
    let mut out = Module::new();
    let mut code = CodeSection::new();
    let (mut function, mut has_globals) = (0, false);
    let encoder = &mut RoundtripReencoder;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(fault)? {
            Payload::TypeSection(reader) => {
                let mut types = TypeSection::new();
                encoder.parse_type_section(&mut types, reader).map_err(fault)?;
                types.ty().function([ValType::I32], [ValType::I64]);
                out.section(&types);
            }
            Payload::FunctionSection(reader) => {
                let mut functions = FunctionSection::new();
                encoder.parse_function_section(&mut functions, reader).map_err(fault)?;
                functions.function(u32::try_from(layout.parameters.len()).map_err(fault)?);
                out.section(&functions);
            }
            Payload::GlobalSection(reader) => {
                let mut globals = GlobalSection::new();
                encoder.parse_global_section(&mut globals, reader).map_err(fault)?;
                out.section(add_bit_globals(&mut globals, &layout));
                has_globals = true;
            }
            Payload::ExportSection(reader) => {
                if !has_globals {
                    out.section(add_bit_globals(&mut GlobalSection::new(), &layout));
                }
                let mut exports = ExportSection::new();
                encoder.parse_export_section(&mut exports, reader).map_err(fault)?;
                let own = u32::try_from(layout.types.len()).map_err(fault)?;
                exports.export(BRANCHES_EXPORT, ExportKind::Func, layout.imported_functions + own);
                out.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {}
            Payload::CodeSectionEntry(body) => {
                code.function(&instrument_function(&body, function, &layout)?);
                function += 1;
                if function == layout.types.len() {
                    code.function(&bits_function(&layout));
                    out.section(&code);
                }
            }
            payload => {
                if let Some((id, range)) = payload.as_section() {
                    out.section(&RawSection { id, data: module.get(range).unwrap_or_default() });
                }
            }
        }
    }
    Ok((out.finish(), layout.ways))
}

fn add_bit_globals<'g>(globals: &'g mut GlobalSection, layout: &ModuleLayout) -> &'g GlobalSection {
    for _ in 0..layout.words() {
        let kind = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i64_const(0));
    }
    globals
}

/// Gives one word of the bits, by its number; for any other number, how many there are.
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

fn instrument_function(body: &FunctionBody<'_>, index: usize, layout: &ModuleLayout) -> Result<Function, String> {
    let kind = layout.types.get(index).and_then(|kind| layout.parameters.get(usize::try_from(*kind).ok()?));
    let mut before = *kind.ok_or_else(|| fault("a function has no type"))?;
    let mut locals = Vec::new();
    for group in body.get_locals_reader().map_err(fault)? {
        let (count, kind) = group.map_err(fault)?;
        before += count;
        locals.push((count, RoundtripReencoder.val_type(kind).map_err(fault)?));
    }
    // The condition of a branch, to look at twice.
    let condition = before;
    locals.push((1, ValType::I32));
    let mut function = Function::new(locals);
    let start = body.range().start;
    let mut operators = body.get_operators_reader().map_err(fault)?;
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset().map_err(fault)?;
        let way = match &operator {
            Operator::If { .. } | Operator::BrIf { .. } => Some(None),
            Operator::BrTable { targets } => Some(Some(targets.len())),
            _ => None,
        };
        if let (Some(targets), Some(bit)) = (way, layout.first_bit(index, at - start)) {
            set_bit(&mut function, bit, targets, condition, layout);
        }
        function.instruction(&RoundtripReencoder.instruction(operator).map_err(fault)?);
    }
    Ok(function)
}

/// Sets the bit of the way that the value on the stack leads to, and leaves the value there.
fn set_bit(function: &mut Function, bit: usize, targets: Option<u32>, condition: u32, layout: &ModuleLayout) {
    let word = layout.globals + u32::try_from(bit / WORD_BITS).unwrap_or_default();
    let first = i64::try_from(bit % WORD_BITS).unwrap_or_default();
    function
        .instruction(&Instruction::LocalTee(condition))
        .instruction(&Instruction::GlobalGet(word))
        .instruction(&Instruction::I64Const(1))
        .instruction(&Instruction::LocalGet(condition));
    match targets {
        // The bit of yes comes first, that of no after it.
        None => function.instruction(&Instruction::I32Eqz),
        // A value beyond the targets takes the last way.
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
