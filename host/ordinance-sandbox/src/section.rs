//! Custom sections of a component: how the manifest travels inside the one file that is the whole rule.

use wasmparser::{Parser, Payload};

/// The custom section that holds `rule.toml`.
pub const MANIFEST_SECTION: &str = "ordinance:manifest";

/// The manifest that a component carries in its outermost layer; none if it carries none, more than one, or can't be
/// parsed.
#[must_use]
pub fn manifest_section(component: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut found) = (0_usize, None);
    for payload in Parser::new(0).parse_all(component) {
        match payload.ok()? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == MANIFEST_SECTION => {
                if found.is_some() {
                    return None;
                }
                found = component.get(section.data_offset()..).and_then(|rest| rest.get(..section.data().len()));
            }
            _ => {}
        }
    }
    found
}
