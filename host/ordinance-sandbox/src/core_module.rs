//! The one core module of a component: what a direct call needs to know of how the component lifts its functions.
//!
//! A component of the SDK is a core module, an instance of it without imports, and a lifted function for each export.
//! Only such a component is called directly; any other shape is called through the component runtime.

use std::collections::HashMap;
use std::ops::Range;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind, ComponentTypeRef, ExternalKind,
    Instance, Parser, Payload,
};

/// The export by which the host takes the core module out of a compiled component. No rule may export the name, since
/// a component with two exports of one name is invalid.
pub(crate) const MODULE_EXPORT: &str = "ordinance-core-module";

/// How a component lifts one of its functions: the exports of the core module that the canonical ABI uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LiftedFunction {
    pub(crate) function: String,
    /// `None` if the function takes and returns nothing that lies in memory.
    pub(crate) memory: Option<String>,
    /// `None` if no argument lies in memory.
    pub(crate) realloc: Option<String>,
    pub(crate) post_return: Option<String>,
}

/// The lifted functions of a component with one core module, by the names of their exports.
#[derive(Debug, Default)]
pub(crate) struct CoreShape {
    functions: HashMap<String, LiftedFunction>,
    /// Where the core module is among the bytes of the component.
    module: Range<usize>,
}

impl CoreShape {
    /// Reads the shape of a component; `None` if it has any other part than one core module, its instance, lifted
    /// functions and types, or if the bytes can't be parsed.
    pub(crate) fn read(component: &[u8]) -> Option<Self> {
        let mut reader = ShapeReader::default();
        let mut in_module = false;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload.ok()?;
            if in_module {
                in_module = !matches!(payload, Payload::End(_));
                continue;
            }
            in_module = matches!(payload, Payload::ModuleSection { .. });
            reader.read(payload)?;
        }
        let is_one = (reader.modules, reader.instances) == (1, 1);
        is_one.then_some(Self { functions: reader.exports, module: reader.module })
    }

    /// The core module, of the bytes from which the shape was read.
    pub(crate) fn module<'c>(&self, component: &'c [u8]) -> &'c [u8] {
        component.get(self.module.clone()).unwrap_or_default()
    }

    /// How the component lifts the function that it exports by this name.
    pub(crate) fn function(&self, export: &str) -> Option<&LiftedFunction> {
        self.functions.get(export)
    }
}

/// The component with one more export, [`MODULE_EXPORT`]: its first core module.
pub(crate) fn with_module_export(component: &[u8]) -> Vec<u8> {
    let mut exports = wasm_encoder::ComponentExportSection::new();
    exports.export(MODULE_EXPORT, wasm_encoder::ComponentExportKind::Module, 0, None);
    let mut bytes = component.to_vec();
    wasm_encoder::ComponentSection::append_to_component(&exports, &mut bytes);
    bytes
}

/// The index spaces of a component as far as they were read.
#[derive(Default)]
struct ShapeReader {
    modules: usize,
    module: Range<usize>,
    instances: usize,
    /// The exports of the core instance that stand in the space of core functions.
    core_functions: Vec<String>,
    memories: Vec<String>,
    functions: Vec<LiftedFunction>,
    exports: HashMap<String, LiftedFunction>,
}

impl ShapeReader {
    fn read(&mut self, payload: Payload<'_>) -> Option<()> {
        match payload {
            Payload::Version { .. }
            | Payload::End(_)
            | Payload::CustomSection(_)
            | Payload::ComponentTypeSection(_)
            | Payload::CoreTypeSection(_) => Some(()),
            Payload::ComponentImportSection(imports) => {
                imports.into_iter().try_for_each(|import| match import.ok()?.ty {
                    ComponentTypeRef::Type(_) | ComponentTypeRef::Instance(_) => Some(()),
                    _ => None,
                })
            }
            Payload::ModuleSection { unchecked_range, .. } => {
                self.modules += 1;
                self.module = unchecked_range;
                Some(())
            }
            Payload::InstanceSection(instances) => {
                instances.into_iter().try_for_each(|instance| match instance.ok()? {
                    Instance::Instantiate { module_index: 0, args } if args.is_empty() => {
                        self.instances += 1;
                        Some(())
                    }
                    Instance::Instantiate { .. } | Instance::FromExports(_) => None,
                })
            }
            Payload::ComponentAliasSection(aliases) => {
                aliases.into_iter().try_for_each(|alias| self.alias(&alias.ok()?))
            }
            Payload::ComponentCanonicalSection(functions) => {
                functions.into_iter().try_for_each(|function| self.lift(function.ok()?))
            }
            Payload::ComponentExportSection(exports) => exports.into_iter().try_for_each(|export| {
                let export = export.ok()?;
                match export.kind {
                    ComponentExternalKind::Func => {
                        let function = self.functions.get(usize::try_from(export.index).ok()?)?.clone();
                        self.exports.insert(export.name.name.to_owned(), function.clone());
                        // An export has an index of its own.
                        self.functions.push(function);
                        Some(())
                    }
                    ComponentExternalKind::Type => Some(()),
                    _ => None,
                }
            }),
            _ => None,
        }
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Option<()> {
        match alias {
            ComponentAlias::InstanceExport { kind: ComponentExternalKind::Type, .. } => Some(()),
            ComponentAlias::CoreInstanceExport { kind, instance_index: 0, name } => {
                match kind {
                    ExternalKind::Func => self.core_functions.push((*name).to_owned()),
                    ExternalKind::Memory => self.memories.push((*name).to_owned()),
                    _ => {}
                }
                Some(())
            }
            _ => None,
        }
    }

    fn lift(&mut self, function: CanonicalFunction) -> Option<()> {
        let CanonicalFunction::Lift { core_func_index, options, .. } = function else { return None };
        let core_function = |index: u32| self.core_functions.get(usize::try_from(index).ok()?).cloned();
        let mut lifted = LiftedFunction {
            function: core_function(core_func_index)?,
            memory: None,
            realloc: None,
            post_return: None,
        };
        for option in &options {
            match option {
                CanonicalOption::UTF8 => {}
                CanonicalOption::Memory(index) => {
                    lifted.memory = Some(self.memories.get(usize::try_from(*index).ok()?)?.clone());
                }
                CanonicalOption::Realloc(index) => lifted.realloc = Some(core_function(*index)?),
                CanonicalOption::PostReturn(index) => lifted.post_return = Some(core_function(*index)?),
                _ => return None,
            }
        }
        self.functions.push(lifted);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"(component
        (core module $m
            (memory (export "memory") 1)
            (func (export "f") (result i32) i32.const 0)
            (func (export "after") (param i32))
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
        (core instance $i (instantiate $m))
        (func $f (result string) (canon lift (core func $i "f") (memory $i "memory")
            (realloc (func $i "realloc")) (post-return (func $i "after"))))
        (export "determine" (func $f)))"#;

    fn shape(text: &str) -> Option<CoreShape> {
        CoreShape::read(&wat::parse_str(text).unwrap())
    }

    #[test]
    fn a_component_of_one_module_has_its_functions_by_name() {
        let shape = shape(RULE).unwrap();
        let function = shape.function("determine").unwrap();
        assert_eq!(function.function, "f");
        assert_eq!(function.memory.as_deref(), Some("memory"));
        assert_eq!(function.realloc.as_deref(), Some("realloc"));
        assert_eq!(function.post_return.as_deref(), Some("after"));
        assert!(shape.function("other").is_none());
    }

    #[test]
    fn other_shapes_are_left_to_the_component_runtime() {
        let two_modules = RULE.replace("(core instance $i", "(core module) (core instance $i");
        let two_instances = RULE.replace("(core instance $i (", "(core instance (instantiate $m)) (core instance $i (");
        let nested = RULE.replace("(core instance $i", "(component) (core instance $i");
        let other_encoding = RULE.replace("(memory $i \"memory\")", "(memory $i \"memory\") string-encoding=utf16");
        for text in [two_modules, two_instances, nested, other_encoding] {
            assert!(shape(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_added_export_keeps_a_component_valid() {
        let component = with_module_export(&wat::parse_str(RULE).unwrap());
        wasmparser::Validator::new().validate_all(&component).unwrap();
    }
}
