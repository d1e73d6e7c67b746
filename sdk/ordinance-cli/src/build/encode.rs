//! Encodes a core module as a rule: strips it, makes it a component and embeds the manifest.

use ordinance_domain::built_ranges::RANGES_SECTION;
use ordinance_engine::rulebook::embedded_text;
use ordinance_sandbox::{MANIFEST_SECTION, without_manifest};
use wasm_encoder::{CustomSection, Encode};
use wasmparser::{Parser, Payload, Validator};
use wit_component::ComponentEncoder;

use crate::source::RuleSource;

/// The prefix of the sections in which the bindings describe the world of a module to the encoder.
const WORLD_SECTION_PREFIX: &str = "component-type";

/// An error of the compiler's output, or of a prebuilt component.
#[derive(Debug, thiserror::Error)]
pub(super) enum EncodeError {
    #[error("the compiler's output is not a valid module: {0}")]
    Module(wasmparser::BinaryReaderError),
    #[error("rule.wasm is not a valid component: {0}")]
    Component(wasmparser::BinaryReaderError),
    #[error("rule.wasm is neither a WebAssembly module nor a component")]
    NoWasm,
    #[error("the module can't be made a component: {0}; check that src/lib.rs has `ordinance_sdk::rule!(...)`")]
    NoRule(String),
    #[error(
        "rule.wasm carries another manifest than rule.toml; remove rule.toml to take the rule as it was built, or put the \
         component that the compiler wrote in place of rule.wasm"
    )]
    OtherManifest,
}

/// Encodes the code of a rule with its manifest. The code may be that of another rule, which may carry its own.
pub(super) fn encode_rule(rule: &RuleSource, code: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let code = if rule.extends.is_some() { without_manifest(code) } else { code };
    encode(code, &rule.manifest_text)
}

/// Encodes a core module, or takes a component as it is, and embeds the manifest. A component that carries this very
/// manifest is a rule already, and stays as it is.
fn encode(bytes: &[u8], manifest: &str) -> Result<Vec<u8>, EncodeError> {
    let mut component = if Parser::is_core_wasm(bytes) {
        let stripped = strip(bytes).map_err(EncodeError::Module)?;
        encode_module(&stripped)?
    } else if Parser::is_component(bytes) {
        Validator::new().validate_all(bytes).map_err(EncodeError::Component)?;
        bytes.to_vec()
    } else {
        return Err(EncodeError::NoWasm);
    };
    match embedded_text(&component) {
        Ok(embedded) if embedded == manifest => return Ok(component),
        Ok(_) => return Err(EncodeError::OtherManifest),
        // A manifest within a component of this one would be ambiguous too.
        Err(_) if has_manifest(&component) => return Err(EncodeError::OtherManifest),
        Err(_) => {}
    }
    component.push(wasm_encoder::SectionId::Custom.into());
    CustomSection { name: MANIFEST_SECTION.into(), data: manifest.as_bytes().into() }.encode(&mut component);
    Ok(component)
}

/// The core module itself, or the first one of a component.
pub(super) fn core_module(bytes: &[u8]) -> &[u8] {
    let payloads = Parser::new(0).parse_all(bytes).map_while(Result::ok);
    let mut modules = payloads.filter_map(|payload| match payload {
        Payload::ModuleSection { unchecked_range, .. } => bytes.get(unchecked_range),
        _ => None,
    });
    modules.next().filter(|_| Parser::is_component(bytes)).unwrap_or(bytes)
}

/// Whether the component has a manifest at any depth. A second manifest would be ambiguous.
fn has_manifest(component: &[u8]) -> bool {
    let payloads = Parser::new(0).parse_all(component).map_while(Result::ok);
    let mut sections = payloads.filter_map(|payload| match payload {
        Payload::CustomSection(section) => Some(section),
        _ => None,
    });
    sections.any(|section| section.name() == MANIFEST_SECTION)
}

fn encode_module(module: &[u8]) -> Result<Vec<u8>, EncodeError> {
    let encoder = ComponentEncoder::default().validate(true).module(module);
    encoder.and_then(|mut encoder| encoder.encode()).map_err(|error| EncodeError::NoRule(format!("{error:#}")))
}

/// Drops every custom section (names, producers) except those that the encoder and the host need.
fn strip(module: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut stripped = wasm_encoder::Module::HEADER.to_vec();
    for payload in Parser::new(0).parse_all(module) {
        let payload = payload?;
        let keep = match &payload {
            Payload::CustomSection(section) => {
                section.name().starts_with(WORLD_SECTION_PREFIX) || section.name() == RANGES_SECTION
            }
            _ => true,
        };
        if let (true, Some((id, range))) = (keep, payload.as_section()) {
            stripped.push(id);
            module.get(range.start..range.end).unwrap_or_default().encode(&mut stripped);
        }
    }
    Ok(stripped)
}
