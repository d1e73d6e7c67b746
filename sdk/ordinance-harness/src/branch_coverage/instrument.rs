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

use super::branch::{Taken, Way};
use ordinance_engine::trace::BRANCHES_EXPORT;

/// How many bits a global holds.
const WORD: usize = 64;

/// Each way with the number of its bit.
type Ways = Vec<(usize, Way)>;

fn bad(error: impl std::fmt::Display) -> String {
    format!("its code can't be counted on: {error}")
}

/// The component with its branches counted, and the bit of each way.
pub(super) fn instrument(component: &[u8]) -> Result<(Vec<u8>, Ways), String> {
    let (mut out, mut custom) = (Component::new(), Vec::new());
    let (mut indices, mut ways, mut depth) = (Indices::default(), None, 0_usize);
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(bad)?;
        if depth == 0 {
            indices.count(&payload)?;
            match &payload {
                Payload::ModuleSection { unchecked_range, .. } => {
                    if ways.is_some() {
                        return Err(bad("it has more than one core module"));
                    }
                    let module = component.get(unchecked_range.clone()).unwrap_or_default();
                    let (module, found) = counted_module(module)?;
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
    let ways = ways.ok_or_else(|| bad("it has no core module"))?;
    Ok((out.finish(), ways))
}

/// The id of the section of a component that holds a core module (Component Model, Binary.md).
const MODULE_SECTION: u8 = 1;

/// How many items of each kind a component has defined so far.
#[derive(Default)]
struct Indices {
    types: u32,
    core_functions: u32,
    functions: u32,
    core_instances: u32,
    /// The core instance of the module.
    instance: Option<u32>,
}

impl Indices {
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), String> {
        match payload {
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let wasmparser::Instance::Instantiate { .. } = instance.map_err(bad)? {
                        self.instance.get_or_insert(self.core_instances);
                    }
                    self.core_instances += 1;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions.clone() {
                    match function.map_err(bad)? {
                        CanonicalFunction::Lift { .. } => self.functions += 1,
                        _ => self.core_functions += 1,
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    match alias.map_err(bad)? {
                        ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } => self.core_functions += 1,
                        ComponentAlias::InstanceExport { kind, .. } => self.count_kind(kind),
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => self.types += 1,
                        ComponentAlias::CoreInstanceExport { .. } | ComponentAlias::Outer { .. } => {}
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import.map_err(bad)?.ty {
                        ComponentTypeRef::Type(_) => self.types += 1,
                        ComponentTypeRef::Func(_) => self.functions += 1,
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.count_kind(export.map_err(bad)?.kind);
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
        let instance = self.instance.ok_or_else(|| bad("its core module is never instantiated"))?;
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
struct Shape {
    /// How many parameters each type has.
    parameters: Vec<u32>,
    /// The type of each function of its own.
    types: Vec<u32>,
    imported_functions: u32,
    globals: u32,
    ways: Ways,
    /// How many bits there are, with those that are left over at the end of a word.
    bits: usize,
}

impl Shape {
    fn of(module: &[u8]) -> Result<Self, String> {
        let mut shape = Self::default();
        let mut function = 0;
        for payload in Parser::new(0).parse_all(module) {
            match payload.map_err(bad)? {
                Payload::TypeSection(types) => {
                    for kind in types.into_iter_err_on_gc_types() {
                        shape.parameters.push(u32::try_from(kind.map_err(bad)?.params().len()).map_err(bad)?);
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import.map_err(bad)?.ty {
                            wasmparser::TypeRef::Func(_) => shape.imported_functions += 1,
                            wasmparser::TypeRef::Global(_) => shape.globals += 1,
                            _ => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    for kind in functions {
                        shape.types.push(kind.map_err(bad)?);
                    }
                }
                Payload::GlobalSection(globals) => shape.globals += globals.count(),
                Payload::CodeSectionEntry(body) => {
                    shape.find_ways(function, &body)?;
                    function += 1;
                }
                _ => {}
            }
        }
        Ok(shape)
    }

    fn find_ways(&mut self, function: usize, body: &FunctionBody<'_>) -> Result<(), String> {
        let start = body.range().start;
        let mut operators = body.get_operators_reader().map_err(bad)?;
        while !operators.eof() {
            let (operator, at) = operators.read_with_offset().map_err(bad)?;
            let ways: Vec<Taken> = match operator {
                Operator::If { .. } | Operator::BrIf { .. } => vec![Taken::Yes, Taken::No],
                Operator::BrTable { targets } if targets.len() as usize >= WORD => continue,
                Operator::BrTable { targets } => several(&targets)?,
                _ => continue,
            };
            // The bits of one branch stand in one word.
            if self.bits % WORD + ways.len() > WORD {
                self.bits = self.bits.next_multiple_of(WORD);
            }
            for taken in ways {
                self.ways.push((self.bits, Way { function, offset: at - start, taken }));
                self.bits += 1;
            }
        }
        Ok(())
    }

    fn words(&self) -> u32 {
        u32::try_from(self.bits.div_ceil(WORD)).unwrap_or(u32::MAX)
    }

    /// The first bit of the branch at a place.
    fn first_bit(&self, function: usize, offset: usize) -> Option<usize> {
        let is_it = |(_, way): &&(usize, Way)| way.function == function && way.offset == offset;
        self.ways.iter().find(is_it).map(|(bit, _)| *bit)
    }
}

/// The ways out of a branch of several: those that lead to the same place are one, by its first number.
fn several(targets: &wasmparser::BrTable<'_>) -> Result<Vec<Taken>, String> {
    let labels: Vec<u32> = targets.targets().collect::<Result<_, _>>().map_err(bad)?;
    let first = |label: u32| labels.iter().position(|known| *known == label);
    let numbered = labels.iter().filter_map(|label| first(*label)).map(Taken::Case);
    let otherwise = first(targets.default()).map_or(Taken::Otherwise, Taken::Case);
    Ok(numbered.chain([otherwise]).collect())
}

/// The module with its branches counted.
fn counted_module(module: &[u8]) -> Result<(Vec<u8>, Ways), String> {
    let shape = Shape::of(module)?;
    let mut out = Module::new();
    let mut code = CodeSection::new();
    let (mut function, mut has_globals) = (0, false);
    let encoder = &mut RoundtripReencoder;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(bad)? {
            Payload::TypeSection(reader) => {
                let mut types = TypeSection::new();
                encoder.parse_type_section(&mut types, reader).map_err(bad)?;
                types.ty().function([ValType::I32], [ValType::I64]);
                out.section(&types);
            }
            Payload::FunctionSection(reader) => {
                let mut functions = FunctionSection::new();
                encoder.parse_function_section(&mut functions, reader).map_err(bad)?;
                functions.function(u32::try_from(shape.parameters.len()).map_err(bad)?);
                out.section(&functions);
            }
            Payload::GlobalSection(reader) => {
                let mut globals = GlobalSection::new();
                encoder.parse_global_section(&mut globals, reader).map_err(bad)?;
                out.section(with_words(&mut globals, &shape));
                has_globals = true;
            }
            Payload::ExportSection(reader) => {
                if !has_globals {
                    out.section(with_words(&mut GlobalSection::new(), &shape));
                }
                let mut exports = ExportSection::new();
                encoder.parse_export_section(&mut exports, reader).map_err(bad)?;
                let own = u32::try_from(shape.types.len()).map_err(bad)?;
                exports.export(BRANCHES_EXPORT, ExportKind::Func, shape.imported_functions + own);
                out.section(&exports);
            }
            Payload::CodeSectionStart { .. } => {}
            Payload::CodeSectionEntry(body) => {
                code.function(&counted_function(&body, function, &shape)?);
                function += 1;
                if function == shape.types.len() {
                    code.function(&accessor(&shape));
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
    Ok((out.finish(), shape.ways))
}

fn with_words<'g>(globals: &'g mut GlobalSection, shape: &Shape) -> &'g GlobalSection {
    for _ in 0..shape.words() {
        let kind = GlobalType { val_type: ValType::I64, mutable: true, shared: false };
        globals.global(kind, &ConstExpr::i64_const(0));
    }
    globals
}

/// Gives one word of the bits, by its number; for any other number, how many there are.
fn accessor(shape: &Shape) -> Function {
    let mut function = Function::new([]);
    for word in 0..shape.words() {
        function
            .instruction(&Instruction::LocalGet(0))
            .instruction(&Instruction::I32Const(word.cast_signed()))
            .instruction(&Instruction::I32Eq)
            .instruction(&Instruction::If(BlockType::Empty))
            .instruction(&Instruction::GlobalGet(shape.globals + word))
            .instruction(&Instruction::Return)
            .instruction(&Instruction::End);
    }
    function.instruction(&Instruction::I64Const(shape.words().into())).instruction(&Instruction::End);
    function
}

fn counted_function(body: &FunctionBody<'_>, index: usize, shape: &Shape) -> Result<Function, String> {
    let kind = shape.types.get(index).and_then(|kind| shape.parameters.get(usize::try_from(*kind).ok()?));
    let mut before = *kind.ok_or_else(|| bad("a function has no type"))?;
    let mut locals = Vec::new();
    for group in body.get_locals_reader().map_err(bad)? {
        let (count, kind) = group.map_err(bad)?;
        before += count;
        locals.push((count, RoundtripReencoder.val_type(kind).map_err(bad)?));
    }
    // The condition of a branch, to look at twice.
    let condition = before;
    locals.push((1, ValType::I32));
    let mut function = Function::new(locals);
    let start = body.range().start;
    let mut operators = body.get_operators_reader().map_err(bad)?;
    while !operators.eof() {
        let (operator, at) = operators.read_with_offset().map_err(bad)?;
        let way = match &operator {
            Operator::If { .. } | Operator::BrIf { .. } => Some(None),
            Operator::BrTable { targets } => Some(Some(targets.len())),
            _ => None,
        };
        if let (Some(targets), Some(bit)) = (way, shape.first_bit(index, at - start)) {
            set_bit(&mut function, bit, targets, condition, shape);
        }
        function.instruction(&RoundtripReencoder.instruction(operator).map_err(bad)?);
    }
    Ok(function)
}

/// Sets the bit of the way that the value on the stack leads to, and leaves the value there.
fn set_bit(function: &mut Function, bit: usize, targets: Option<u32>, condition: u32, shape: &Shape) {
    let word = shape.globals + u32::try_from(bit / WORD).unwrap_or_default();
    let first = i64::try_from(bit % WORD).unwrap_or_default();
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
