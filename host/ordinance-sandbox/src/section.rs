//! Custom sections of a component: how the manifest travels inside the one file that is the whole rule.

use ordinance_domain::built_ranges::{NumberRanges, NumberRangesError, RANGES_SECTION};
use wasmparser::{Parser, Payload};

/// The custom section that holds `rule.toml`.
pub const MANIFEST_SECTION: &str = "ordinance:manifest";

/// The manifest in the outermost layer of a component; `None` if there is none or more than one, or if the bytes
/// can't be parsed.
#[must_use]
pub fn manifest_section(component: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    let mut found = None;
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

/// The numbers for which a rule was built, which its core module tells; none if it doesn't.
///
/// # Errors
/// [`NumberRangesError`] if it tells something else.
pub(crate) fn number_ranges(component: &[u8]) -> Result<NumberRanges, NumberRangesError> {
    let payloads = Parser::new(0).parse_all(component).map_while(Result::ok);
    let mut sections = payloads.filter_map(|payload| match payload {
        Payload::CustomSection(section) if section.name() == RANGES_SECTION => Some(section.data()),
        _ => None,
    });
    let text = sections.next().unwrap_or_default();
    std::str::from_utf8(text).map_err(|_| NumberRangesError { line: 1 })?.parse()
}

/// Where and why the bytes can't be parsed as WebAssembly; `None` if they can.
#[must_use]
pub fn parse_fault(component: &[u8]) -> Option<String> {
    let fault = Parser::new(0).parse_all(component).find_map(Result::err)?;
    Some(format!("{} at byte {}", fault.message(), fault.offset()))
}

/// The component without the manifest at its end, so that rules which share their code have the same bytes; the whole
/// component if the manifest isn't its last section.
#[must_use]
pub fn without_manifest(component: &[u8]) -> &[u8] {
    let mut depth = 0_usize;
    let mut end_before = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        let Ok(payload) = payload else { return component };
        match &payload {
            Payload::CustomSection(section) if depth == 0 && section.name() == MANIFEST_SECTION => {
                let is_last = section.range().end == component.len();
                return component.get(..end_before).filter(|_| is_last).unwrap_or(component);
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if let (0, Some((_, range))) = (depth, payload.as_section()) {
            end_before = range.end;
        } else if depth == 0 && matches!(payload, Payload::Version { .. }) {
            end_before = component.len().min(8);
        }
        if matches!(payload, Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) {
            depth += 1;
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(name: &str, data: &str) -> Vec<u8> {
        let name_length = u8::try_from(name.len()).unwrap();
        let length = u8::try_from(1 + name.len() + data.len()).unwrap();
        [&[0, length, name_length], name.as_bytes(), data.as_bytes()].concat()
    }

    #[test]
    fn only_a_manifest_at_the_end_is_removed() {
        let header = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
        let manifest = section(MANIFEST_SECTION, "id = 1");
        let code = [&header[..], &section("other", "x")].concat();
        let rule = [code.as_slice(), &manifest].concat();
        assert_eq!(without_manifest(&rule), code);
        assert_eq!(without_manifest(&code), code);
        let inside = [&header[..], &manifest, &section("other", "x")].concat();
        assert_eq!(without_manifest(&inside), inside);
    }
}
