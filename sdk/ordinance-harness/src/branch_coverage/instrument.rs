//! Instruments a component: each branch of its core module sets a bit when it is taken. New globals hold the bits, and
//! a new export returns them. The component gives the same results as before and uses more fuel.

use ordinance_engine::trace::BRANCHES_EXPORT;
use wasm_encoder::{
    Alias, CanonicalFunctionSection, Component, ComponentAliasSection, ComponentExportKind, ComponentExportSection,
    ComponentTypeSection, ExportKind, PrimitiveValType, RawSection,
};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentOuterAliasKind, ComponentTypeRef, ExternalKind,
    Parser, Payload,
};

use super::instrument_error::{InstrumentError, invalid};
use super::instrument_module::instrument_module;
use super::module_layout::NumberedBranches;

/// Instruments a component. Returns it with the number of the bit of each branch.
pub(super) fn instrument(component: &[u8]) -> Result<(Vec<u8>, NumberedBranches), InstrumentError> {
    let mut out = Component::new();
    let mut custom_sections = Vec::new();
    let mut indices = ComponentIndices::default();
    let mut branches = None;
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(invalid)?;
        if depth == 0 {
            indices.count(&payload)?;
            match &payload {
                Payload::ModuleSection { unchecked_range, .. } => {
                    if branches.is_some() {
                        return Err(invalid("the component has more than one core module"));
                    }
                    let module = component.get(unchecked_range.clone()).unwrap_or_default();
                    let (module, module_branches) = instrument_module(module)?;
                    out.section(&RawSection { id: MODULE_SECTION, data: &module });
                    branches = Some(module_branches);
                }
                Payload::CustomSection(_) => custom_sections.extend(payload.as_section()),
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
    // The loader expects the manifest as the last section.
    for (id, range) in custom_sections {
        out.section(&RawSection { id, data: component.get(range).unwrap_or_default() });
    }
    let branches = branches.ok_or_else(|| invalid("the component has no core module"))?;
    Ok((out.finish(), branches))
}

/// The id of the section of a component that holds a core module (Component Model, Binary.md).
const MODULE_SECTION: u8 = 1;

/// The number of items of each kind that a component has defined so far, which is the index of the next item.
#[derive(Default)]
struct ComponentIndices {
    types: u32,
    core_functions: u32,
    functions: u32,
    core_instances: u32,
    /// The index of the core instance of the module.
    instance: Option<u32>,
}

impl ComponentIndices {
    fn count(&mut self, payload: &Payload<'_>) -> Result<(), InstrumentError> {
        match payload {
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    if let wasmparser::Instance::Instantiate { .. } = instance.map_err(invalid)? {
                        self.instance.get_or_insert(self.core_instances);
                    }
                    self.core_instances += 1;
                }
            }
            Payload::ComponentCanonicalSection(functions) => {
                for function in functions.clone() {
                    match function.map_err(invalid)? {
                        CanonicalFunction::Lift { .. } => self.functions += 1,
                        _ => self.core_functions += 1,
                    }
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    match alias.map_err(invalid)? {
                        ComponentAlias::CoreInstanceExport { kind: ExternalKind::Func, .. } => self.core_functions += 1,
                        ComponentAlias::InstanceExport { kind, .. } => self.count_kind(kind),
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => self.types += 1,
                        ComponentAlias::CoreInstanceExport { .. } | ComponentAlias::Outer { .. } => {}
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import.map_err(invalid)?.ty {
                        ComponentTypeRef::Type(_) => self.types += 1,
                        ComponentTypeRef::Func(_) => self.functions += 1,
                        _ => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.count_kind(export.map_err(invalid)?.kind);
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

    /// Lifts the function that returns the bits, and exports it.
    fn add_export(&self, out: &mut Component) -> Result<(), InstrumentError> {
        let instance = self.instance.ok_or_else(|| invalid("its core module is never instantiated"))?;
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
