//! Makes components modules of JavaScript.

use js_component_bindgen::{InstantiationMode, TranspileOpts, transpile};

use crate::bundle_error::BundleError;
use crate::law::{BuiltRule, hex};
use crate::packed::Packed;

/// A component as a module of JavaScript, with the core modules that it instantiates, by their names in it.
pub(crate) struct Module {
    pub(crate) script: Vec<u8>,
    pub(crate) core: Vec<(String, Vec<u8>)>,
}

impl Module {
    /// The module exports `instantiate`, which takes a function from the name of a core module to the module.
    pub(crate) fn of(name: &str, component: &[u8]) -> Result<Self, BundleError> {
        let options = TranspileOpts::builder()
            .name(name.to_owned())
            .no_typescript(true)
            .instantiation_mode(InstantiationMode::Sync)
            .nodejs_compat_disabled(true)
            .valid_lifting_optimization(false)
            .build();
        let fault = |reason: String| BundleError::Module { name: name.to_owned(), reason };
        let made = transpile(component, options).map_err(|error| fault(format!("{error:#}")))?;
        let (scripts, core): (Vec<_>, Vec<_>) = made.files.into_iter().partition(|(name, _)| name.ends_with(".js"));
        let mut scripts = scripts.into_iter();
        match (scripts.next(), scripts.next()) {
            (Some((_, script)), None) => Ok(Self { script, core }),
            _ => Err(fault("it has not one script".to_owned())),
        }
    }
}

/// A rule that was written.
pub(crate) struct WrittenRule {
    /// The SHA-256 of the module that calls it, by which it is found.
    pub(crate) script: String,
    /// The bytes of the component and the module, packed.
    pub(crate) packed_bytes: usize,
}

/// Writes a rule: its component and the module that calls it. A browser takes the core modules from the component, so
/// that it runs the bytes that were published; a core module that isn't a part of it is refused.
pub(crate) fn write_rule(rule: &BuiltRule, out: &Packed) -> Result<WrittenRule, BundleError> {
    let BuiltRule { digest, component, .. } = rule;
    let module = Module::of("rule", component)?;
    let mut places = Vec::new();
    for (name, bytes) in &module.core {
        let at = component.windows(bytes.len().max(1)).position(|part| part == bytes).ok_or_else(|| {
            BundleError::Module { name: digest.clone(), reason: format!("`{name}` isn't a part of the component") }
        })?;
        places.push(format!("{}:[{at},{}]", serde_json::Value::from(name.as_str()), bytes.len()));
    }
    let mut text = module.script;
    text.extend(format!("\nexport const parts = {{{}}};\n", places.join(",")).bytes());
    let script = hex(&text);
    let packed_bytes =
        out.write(&format!("rules/{digest}.wasm"), component)? + out.write(&format!("rules/{script}.js"), &text)?;
    Ok(WrittenRule { script, packed_bytes })
}
