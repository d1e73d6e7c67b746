//! The files that `ordinance new` writes. Each explains itself to an author who is new to them.

use std::path::Path;

use ordinance_domain::contract::Contract;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::{FieldName, Id};
use ordinance_sandbox::wit_name::to_wit;
use wit_bindgen_rust::to_rust_ident;

use super::world::{example_fact, example_parameter, world};
use crate::arguments::RuleLanguage;
use crate::rule_target::year;

/// The longest line of a comment that lists facts.
const LISTED_COLUMNS_MAX: usize = 110;

macro_rules! sdk_file {
    ($path:literal) => {
        (concat!("sdk/", $path), include_str!(concat!("../../../ordinance-sdk/", $path)))
    };
}

/// The files of the SDK in a new rulebook. A test checks that none is missing.
pub(super) const SDK_FILES: [(&str, &str); 17] = [
    sdk_file!("Cargo.toml"),
    sdk_file!("src/lib.rs"),
    sdk_file!("src/age.rs"),
    sdk_file!("src/date.rs"),
    sdk_file!("src/decimal.rs"),
    sdk_file!("src/guest.rs"),
    sdk_file!("src/lists.rs"),
    sdk_file!("src/logic.rs"),
    sdk_file!("src/optional.rs"),
    sdk_file!("src/privacy.rs"),
    sdk_file!("src/rounding.rs"),
    sdk_file!("src/rule.rs"),
    sdk_file!("src/runtime.rs"),
    sdk_file!("src/types.rs"),
    sdk_file!("src/unrounded.rs"),
    sdk_file!("src/working_days.rs"),
    ("sdk/LICENSE", include_str!("../../../../LICENSE")),
];

/// The interface of privacy rules.
const PRIVACY_INTERFACE: &str = include_str!("../../../wit/privacy.wit");

const INTERFACE: &str = include_str!("../../../wit/types.wit");

/// The files of a new rulebook.
pub(super) fn rulebook_files(code: &JurisdictionCode, service: &Id) -> Vec<(String, String)> {
    let filled = |text: &str| text.replace("@code@", code.as_str()).replace("@service@", service.as_str());
    vec![
        (".gitignore".to_owned(), "target/\n".to_owned()),
        ("README.md".to_owned(), filled(include_str!("../../templates/rulebook/README.md.txt"))),
        ("rulebook.toml".to_owned(), filled(include_str!("../../templates/rulebook/rulebook.toml.txt"))),
        ("facts.toml".to_owned(), filled(include_str!("../../templates/rulebook/facts.toml.txt"))),
        (format!("services/{service}.toml"), filled(include_str!("../../templates/rulebook/service.toml.txt"))),
    ]
}

/// The file of a further service of a rulebook that has facts: it begins with the fact of the template, or the first,
/// and lists them all.
pub(super) fn service_file(service: &Id, facts: &[&str]) -> (String, String) {
    const TEMPLATE_FACT: &str = "age";
    let own = facts.iter().find(|fact| **fact == TEMPLATE_FACT).or(facts.first());
    let own = own.map(|fact| format!("\"{fact}\"")).unwrap_or_default();
    let listed = wrapped("# The facts that rules of this service may name. facts.toml has:", facts);
    let text = include_str!("../../templates/rulebook/service.toml.txt")
        .replace("@service@", service.as_str())
        .replace("facts = [\"age\"]", &format!("{listed}\nfacts = [{own}]"));
    (format!("services/{service}.toml"), text)
}

/// Lines of a comment that list names.
fn wrapped(begin: &str, names: &[&str]) -> String {
    let mut lines = vec![begin.to_owned()];
    for (index, name) in names.iter().enumerate() {
        let comma = if index + 1 < names.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.len() + name.len() < LISTED_COLUMNS_MAX => line.push_str(&format!(" {name}{comma}")),
            Some(_) | None => lines.push(format!("#   {name}{comma}")),
        }
    }
    lines.join("\n")
}

/// The message after writing the file of a service that the rulebook did not have.
pub(super) fn service_written(service: &Id, path: &Path) -> String {
    format!(
        "The rulebook had no service `{service}`, so {} was written:\n\
         \x20 write the law in place of each REPLACE, its facts (each is in facts.toml) and its grant.\n",
        path.display()
    )
}

/// The message after writing the file of a service alone: the next commands.
pub(super) fn next_service_steps(root: &Path, code: &JurisdictionCode, service: &Id) -> String {
    let (file, dir) = (root.join(format!("services/{service}.toml")), root.display());
    format!(
        "The service `{service}` is in {}. Write its facts and its grant first.\n\
         Next: ordinance new {code}/{service} --dir {dir}\n\
         or:   ordinance import MODEL.dmn --service {service} --jurisdiction {code} --dir {dir}",
        file.display()
    )
}

/// The workspace of a rulebook's rules in Rust.
pub(super) fn workspace_files() -> Vec<(&'static str, String)> {
    vec![
        ("Cargo.toml", include_str!("../../templates/rulebook/Cargo.toml.txt").to_owned()),
        ("rust-toolchain.toml", include_str!("../../templates/rulebook/rust-toolchain.toml.txt").to_owned()),
    ]
}

/// The files of a new rule in Rust.
pub(super) fn rule_files(code: &JurisdictionCode, contract: &Contract) -> Vec<(&'static str, String)> {
    let service = &contract.service;
    let package = format!("{}-{service}", code.as_str().to_ascii_lowercase());
    let year = year();
    let filled = |text: &str| {
        text.replace("@parameters@", &parameter_toml(contract, &year))
            .replace("@package@", &package)
            .replace("@code@", code.as_str())
            .replace("@service@", service.as_str())
            .replace("@year@", &year)
    };
    vec![
        ("Cargo.toml", filled(include_str!("../../templates/rule/Cargo.toml.txt"))),
        ("rule.toml", filled(include_str!("../../templates/rule/rule.toml.txt")).trim_end().to_owned() + "\n"),
        ("cases/first.toml", filled(include_str!("../../templates/rule/case.toml.txt"))),
        ("wit/rule.wit", world(&package, contract)),
        ("wit/deps/ordinance-rules.wit", INTERFACE.to_owned()),
        ("src/lib.rs", source(code, contract)),
    ]
}

/// The files of a new privacy rule.
pub(super) fn privacy_files(code: &JurisdictionCode, id: &Id, fact: &str) -> Vec<(&'static str, String)> {
    let package = format!("{}-{id}", code.as_str().to_ascii_lowercase());
    let year = year();
    let filled = |text: &str| {
        text.replace("@package@", &package)
            .replace("@code@", code.as_str())
            .replace("@id@", id.as_str())
            .replace("@year@", &year)
            .replace("@fact@", fact)
    };
    vec![
        ("Cargo.toml", filled(include_str!("../../templates/rule/Cargo.toml.txt"))),
        ("rule.toml", filled(include_str!("../../templates/privacy/rule.toml.txt"))),
        ("cases/first.toml", filled(include_str!("../../templates/privacy/case.toml.txt"))),
        ("wit/rule.wit", filled(include_str!("../../templates/privacy/rule.wit.txt"))),
        ("wit/deps/ordinance-rules/types.wit", INTERFACE.to_owned()),
        ("wit/deps/ordinance-rules/privacy.wit", PRIVACY_INTERFACE.to_owned()),
        ("src/lib.rs", filled(include_str!("../../templates/privacy/lib.rs.txt"))),
    ]
}

/// The message after writing a privacy rule: its files and the next command.
pub(super) fn next_privacy_steps(root: &Path, code: &JurisdictionCode, id: &Id) -> String {
    format!(
        "The privacy rule `{id}` of {code} is in {}:\n\
         \x20 src/lib.rs         the ruling on each fact\n\
         \x20 rule.toml          its criteria with their articles, its masks\n\
         \x20 cases/first.toml   a case that fails until you fill it in\n\n\
         It must rule on every fact in {code} and below; facts without a ruling are withheld.\n\
         Next: ordinance test {}",
        root.join(code.as_str()).join(id.as_str()).display(),
        root.display()
    )
}

/// The message for a privacy rule in a place that was `ungoverned`, which had no privacy law before.
pub(super) fn ends_ungoverned(place: &JurisdictionCode) -> String {
    format!(
        "\nrulebook.toml lists {place} as `ungoverned`: on a day without privacy law in force, rules use facts there\n\
         without a ruling. Remove it when this rule is in force, so that facts are withheld on a day without law."
    )
}

/// The message after writing a rule: its files and the next command.
pub(super) fn next_steps(
    root: &Path,
    code: &JurisdictionCode,
    service: &Id,
    is_new_rulebook: bool,
    language: RuleLanguage,
) -> String {
    let folder = root.join(code.as_str()).join(service.as_str());
    let rulebook = if is_new_rulebook {
        format!("The new rulebook is in {}; its README.md explains its files.\n", root.display())
    } else {
        String::new()
    };
    let files = match language {
        RuleLanguage::Table => {
            "  rule.toml          its conditions and amounts with their articles; says what to fill in"
        }
        RuleLanguage::Rust => {
            "  wit/rule.wit       the facts that it may see\n\
             \x20 src/lib.rs         its code\n\
             \x20 rule.toml          its criteria with their articles, its parameters"
        }
    };
    format!(
        "{rulebook}The rule of {code} for {service} is in {}:\n\
         {files}\n\
         \x20 cases/first.toml   a case that fails until you fill it in\n\n\
         Next: ordinance test {}",
        folder.display(),
        root.display()
    )
}

fn parameter_toml(contract: &Contract, year: &str) -> String {
    example_parameter(contract).map_or_else(String::new, |field| {
        format!(
            "\n# The parameters of the rule. Each value holds from its day on; a new value needs no change of the code.\n\
             [parameters.{}]\ntitles = {{ en = \"REPLACE: the name of the parameter\" }}\n\
             values = [{{ from = {year}-01-01, value = \"0.00\" }}]\n",
            field.name
        )
    })
}

/// The name of a field in the bindings: `type_` for `type`.
fn in_rust(name: &FieldName) -> String {
    to_rust_ident(&to_wit(name))
}

fn source(code: &JurisdictionCode, contract: &Contract) -> String {
    let parameter = example_parameter(contract);
    let mut arguments = Vec::new();
    let finding = example_fact(contract).map_or_else(
        || "true".to_owned(),
        |fact| {
            arguments.push("applicant: Applicant");
            format!("applicant.{}.map(|_| true)", in_rust(&fact.name))
        },
    );
    if parameter.is_some() {
        arguments.push("parameters: Parameters");
    }
    let fields: Vec<String> = contract
        .grant
        .iter()
        .map(|field| match parameter {
            Some(parameter) if parameter.name == field.name => {
                format!("{0}: Some(parameters.{0})", in_rust(&field.name))
            }
            _ => format!("{}: None", in_rust(&field.name)),
        })
        .collect();
    let eligible = if fields.is_empty() {
        "Determination::Eligible".to_owned()
    } else {
        arguments.push("_inherited: Option<Grant>");
        format!("Determination::Eligible(Grant {{ {} }})", fields.join(", "))
    };
    format!(
        "//! {code}: {service}. REPLACE: the document that this rule follows.\n\
         #![no_std]\n\n\
         use ordinance_sdk::prelude::*;\n\n\
         ordinance_sdk::rule!(Rule);\n\n\
         impl Guest for Rule {{\n    \
         fn determine({arguments}) -> Answer {{\n        \
         // One line for each criterion, in the order of the law's text. A comparison with a missing\n        \
         // fact is `None`, so write `applicant.age.map(|age| age >= 80)`. Combine criteria with\n        \
         // `all([..])` and `any([..])`, and negate one with `not(..)`; the answer reports the\n        \
         // finding on each criterion.\n        \
         let test = all([criterion(\"first-criterion\", {finding})]);\n        \
         answer(test, || {eligible})\n    }}\n}}\n",
        service = contract.service,
        arguments = arguments.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_sdk_is_carried_along() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ordinance-sdk/src");
        let mut names: Vec<String> = std::fs::read_dir(source)
            .unwrap()
            .map(|entry| format!("sdk/src/{}", entry.unwrap().file_name().to_string_lossy()))
            .collect();
        names.sort_unstable();
        let mut carried: Vec<&str> =
            SDK_FILES.iter().map(|(path, _)| *path).filter(|path| path.starts_with("sdk/src")).collect();
        carried.sort_unstable();
        assert_eq!(names, carried);
    }
}
