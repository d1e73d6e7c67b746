//! The bindings of a rule: the Rust types and functions that its WIT describes, as a file beside the WIT that the SDK's
//! macro includes. The file is a source like any other: it is kept with the rule, so that an editor and a plain `cargo
//! check` need no `ordinance`, and it is part of the digest of the rule's sources. Every build writes it again if it
//! isn't what the WIT gives, so that it can't be old, and none is taken from an author who isn't trusted.

use std::path::Path;

use ordinance_engine::RulebookFolder;
use ordinance_engine::rulebook_folder::FILE_BYTES_MAX;
use wit_bindgen_core::{Files, WorldGenerator};
use wit_bindgen_rust::{Opts, WithOption};
use wit_parser::{Function, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey};

use super::write::write_atomically;
use crate::exit::CommandError;

/// The folder of a rule's WIT, within that of the rule.
const WIT_FOLDER: &str = "wit";

/// The bindings, within the folder of the WIT.
pub(crate) const BINDINGS_FILE: &str = "bindings.rs";

/// What the file begins with.
const PREAMBLE: &str =
    "// `ordinance build` writes this file from the WIT beside it, and writes it again over any change.\n";

/// The interfaces whose types the SDK defines, and the modules in which it does.
const SDK_INTERFACES: [(&str, &str); 2] = [
    ("ordinance:rules/types@0.2.0", "::ordinance_sdk::types"),
    ("ordinance:rules/privacy@0.2.0", "::ordinance_sdk::privacy"),
];

/// The module of the SDK with the functions that bindings call.
const RUNTIME: &str = "::ordinance_sdk::runtime";

/// The most types within the types of a world's functions, each counted wherever it stands. The bindings have code for
/// each, so that a few lines of records within records could fill the memory of this program.
const TYPES_MAX: usize = 4096;
/// The deepest type within another.
const DEPTH_MAX: usize = 32;

/// An error of a WIT for which there are no bindings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BindingsError {
    #[error("{0}")]
    Wit(String),
    #[error(
        "it uses `{0}`, and this command builds for version 0.2.0: write 0.2.0 behind the @ in wit/rule.wit, and put the \
         files of that version into wit/deps, as `ordinance new` writes them; rules that were built before still run"
    )]
    Version(String),
    #[error("the types of the world have more than {TYPES_MAX} parts, or lie more than {DEPTH_MAX} deep in each other")]
    TooLarge,
    #[error("a field named `{0}` can't be a name in Rust; name the fact or the part otherwise in facts.toml too")]
    Keyword(&'static str),
    #[error(
        "`{0}` is of a kind that no rule may have: facts and answers are numbers, texts, choices, lists and records"
    )]
    Kind(String),
}

/// Writes the bindings of a rule if they differ from those that its WIT gives. A rule without WIT has none.
pub(crate) fn write_bindings(rule: &Path) -> Result<Result<(), BindingsError>, CommandError> {
    let folder = rule.join(WIT_FOLDER);
    if !folder.is_dir() {
        return Ok(Ok(()));
    }
    let bindings = match bindings_of(&folder) {
        Ok(bindings) => bindings,
        Err(error) => return Ok(Err(error)),
    };
    let found = RulebookFolder::open(&folder).and_then(|folder| folder.read(BINDINGS_FILE, FILE_BYTES_MAX));
    if found.is_ok_and(|found| found == bindings) {
        return Ok(Ok(()));
    }
    write_atomically(&folder, &folder.join(BINDINGS_FILE), &bindings).map(Ok)
}

/// The bindings for the only world of a folder of WIT.
fn bindings_of(folder: &Path) -> Result<Vec<u8>, BindingsError> {
    let mut resolve = Resolve::default();
    let package = match resolve.push_dir(folder) {
        Ok((package, _)) => package,
        Err(error) => return Err(BindingsError::Wit(resolve.render_error(&error))),
    };
    generate(resolve, package)
}

fn generate(mut resolve: Resolve, package: wit_parser::PackageId) -> Result<Vec<u8>, BindingsError> {
    let unusable = |error: &dyn std::fmt::Display| BindingsError::Wit(format!("{error:#}"));
    let world = resolve.select_world(&[package], None).map_err(|error| unusable(&error))?;
    check_version(&resolve, world)?;
    check_size(&resolve, world)?;
    let with = SDK_INTERFACES.iter().filter(|(interface, _)| is_imported(&resolve, world, interface));
    let options = Opts {
        format: true,
        // A rule has no static constructors.
        disable_run_ctors_once_workaround: true,
        runtime_path: Some(RUNTIME.to_owned()),
        with: with.map(|(interface, path)| ((*interface).to_owned(), WithOption::Path((*path).to_owned()))).collect(),
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).map_err(|error| unusable(&error))?;
    let (_, code) = files.iter().next().ok_or_else(|| BindingsError::Wit("the world is empty".to_owned()))?;
    Ok([PREAMBLE.as_bytes(), code].concat())
}

/// The package of the interface.
const INTERFACE: &str = "ordinance:rules/";

/// Checks that the world uses the interface of this SDK, and no other version of it.
fn check_version(resolve: &Resolve, world: WorldId) -> Result<(), BindingsError> {
    let mut imports = resolve.worlds.get(world).into_iter().flat_map(|world| world.imports.keys());
    let found = imports.find_map(|key| match key {
        WorldKey::Interface(id) => resolve
            .id_of(*id)
            .filter(|id| id.starts_with(INTERFACE) && !SDK_INTERFACES.iter().any(|(known, _)| known == id)),
        WorldKey::Name(_) => None,
    });
    found.map_or(Ok(()), |found| Err(BindingsError::Version(found)))
}

fn is_imported(resolve: &Resolve, world: WorldId, interface: &str) -> bool {
    let world = resolve.worlds.get(world);
    let mut imports = world.into_iter().flat_map(|world| world.imports.keys());
    imports.any(|key| match key {
        WorldKey::Interface(id) => resolve.id_of(*id).is_some_and(|id| id == interface),
        WorldKey::Name(_) => false,
    })
}

/// Checks the types of a world's functions before code is made from them.
fn check_size(resolve: &Resolve, world: WorldId) -> Result<(), BindingsError> {
    let Some(world) = resolve.worlds.get(world) else { return Ok(()) };
    let mut left = TYPES_MAX;
    for item in world.imports.values().chain(world.exports.values()) {
        match item {
            WorldItem::Function(function) => count_function(resolve, function, &mut left)?,
            WorldItem::Interface { id, .. } => {
                let Some(interface) = resolve.interfaces.get(*id) else { continue };
                for function in interface.functions.values() {
                    count_function(resolve, function, &mut left)?;
                }
                for id in interface.types.values() {
                    count(resolve, &Type::Id(*id), 0, &mut left)?;
                }
            }
            WorldItem::Type { id, .. } => count(resolve, &Type::Id(*id), 0, &mut left)?,
        }
    }
    Ok(())
}

fn count_function(resolve: &Resolve, function: &Function, left: &mut usize) -> Result<(), BindingsError> {
    let parameters = function.params.iter().map(|parameter| &parameter.ty);
    parameters.chain(&function.result).try_for_each(|part| count(resolve, part, 0, left))
}

/// Counts a type and the types within it.
fn count(resolve: &Resolve, part: &Type, depth: usize, left: &mut usize) -> Result<(), BindingsError> {
    *left = left.checked_sub(1).filter(|_| depth <= DEPTH_MAX).ok_or(BindingsError::TooLarge)?;
    let Type::Id(id) = part else { return Ok(()) };
    let Some(found) = resolve.types.get(*id) else { return Ok(()) };
    let mut count_all = |parts: &mut dyn Iterator<Item = &Type>| -> Result<(), BindingsError> {
        for part in parts {
            count(resolve, part, depth + 1, left)?;
        }
        Ok(())
    };
    match &found.kind {
        // The generator of bindings escapes every other word of Rust.
        TypeDefKind::Record(record) if record.fields.iter().any(|field| field.name == "gen") => {
            Err(BindingsError::Keyword("gen"))
        }
        TypeDefKind::Record(record) => count_all(&mut record.fields.iter().map(|field| &field.ty)),
        TypeDefKind::Variant(variant) => count_all(&mut variant.cases.iter().filter_map(|case| case.ty.as_ref())),
        TypeDefKind::Tuple(tuple) => count_all(&mut tuple.types.iter()),
        TypeDefKind::Option(inner) | TypeDefKind::List(inner) | TypeDefKind::Type(inner) => {
            count_all(&mut std::iter::once(inner))
        }
        TypeDefKind::Result(result) => count_all(&mut result.ok.iter().chain(&result.err)),
        TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => Ok(()),
        _ => Err(BindingsError::Kind(found.name.clone().unwrap_or_else(|| found.kind.as_str().to_owned()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bindings(wit: &str) -> Result<String, BindingsError> {
        let mut resolve = Resolve::default();
        resolve.push_str("types.wit", include_str!("../../../wit/types.wit")).unwrap();
        let package = resolve.push_str("rule.wit", wit).unwrap();
        generate(resolve, package).map(|code| String::from_utf8(code).unwrap())
    }

    #[test]
    fn a_world_becomes_types_a_trait_and_a_description_for_the_encoder() {
        let wit = "package n:benefit;\nworld rule {\n  use ordinance:rules/types@0.2.0.{decimal};\n  enum origin { here, elsewhere }\n  record applicant { low-income: option<bool>, origin: origin }\n  export determine: func(applicant: applicant) -> option<decimal>;\n}\n";
        let code = bindings(wit).unwrap();
        for words in [
            "pub low_income: Option<bool>",
            "pub enum Origin",
            "pub trait Guest",
            "fn determine(applicant: Applicant) -> Option<Decimal>",
            "use ::ordinance_sdk::types",
            "component-type:",
        ] {
            assert!(code.contains(words), "{words} in {code}");
        }
        // The runtime is the SDK's; comments may name the generator.
        let mut calls = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        assert!(calls.all(|line| !line.contains("wit_bindgen::")), "{code}");
        assert!(code.starts_with(PREAMBLE), "{code}");
        assert_eq!(code, bindings(wit).unwrap());
    }

    #[test]
    fn a_world_of_an_earlier_interface_is_told_what_to_write() {
        let mut resolve = Resolve::default();
        let reserved = "package n:benefit;\nworld rule {\n  record applicant { gen: option<bool> }\n  export determine: func(applicant: applicant);\n}\n";
        assert_eq!(
            bindings(reserved).unwrap_err().to_string(),
            "a field named `gen` can't be a name in Rust; name the fact or the part otherwise in facts.toml too"
        );
        let earlier = "package ordinance:rules@0.1.0;\ninterface types { record decimal { units: s64, scale: u8 } }\n";
        resolve.push_str("types.wit", earlier).unwrap();
        let wit = "package n:benefit;\nworld rule {\n  use ordinance:rules/types@0.1.0.{decimal};\n  export determine: func(amount: decimal);\n}\n";
        let package = resolve.push_str("rule.wit", wit).unwrap();
        let refused = generate(resolve, package).unwrap_err().to_string();
        assert!(refused.starts_with("it uses `ordinance:rules/types@0.1.0`"), "{refused}");
    }

    #[test]
    fn records_within_records_fill_no_memory() {
        let mut records = "record r0 { a: u8 }\n".to_owned();
        for number in 1..30 {
            records.push_str(&format!("record r{number} {{ a: r{0}, b: r{0} }}\n", number - 1));
        }
        let wide = format!("package n:benefit;\nworld rule {{\n{records}export determine: func(applicant: r29);\n}}\n");
        assert!(matches!(bindings(&wide), Err(BindingsError::TooLarge)));
        let deep = format!("{}u8{}", "list<".repeat(40), ">".repeat(40));
        let deep = format!("package n:benefit;\nworld rule {{\nexport determine: func(ages: {deep});\n}}\n");
        assert!(matches!(bindings(&deep), Err(BindingsError::TooLarge)));
    }

    #[test]
    fn a_kind_of_type_that_no_rule_may_have_is_named() {
        let wit = "package n:benefit;\nworld rule {\n  export determine: func(later: stream<u8>);\n}\n";
        assert!(matches!(bindings(wit), Err(BindingsError::Kind(kind)) if kind == "stream"));
    }
}
