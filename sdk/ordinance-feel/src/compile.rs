//! Compiles the typed tree of a rule to a core module, which `wit-component` encodes as a component of the same kind
//! as that of a rule in Rust. It means the same as [`evaluate`](crate::evaluate).
//!
//! How values are kept while a rule runs: a condition is a pair, certainly true and possibly true; a number whose
//! bounds fit is an `i64` in units of 10^-scale, a pair of these where it may be unknown; a word is its index, a day
//! `year << 9 | month << 5 | day`, a text or a list of an argument lies where the host has put it. Everything else is
//! a value of the run-time library (`runtime.wasm`), of which the linker takes what a rule reaches. A rule that needs
//! none of it has none of it.
//!
//! What tools that read the module have to know:
//! - A literal stands in units of its own least scale, which the comparison may multiply: in `income < 80.5` it is 805
//!   or 8050, in `age < 80.00` it is 80. Numbers that no author wrote (bounds of types, powers of ten) have no line.
//! - With [`DebugOptions::is_unoptimised`], a comparison of numbers stands once, of known numbers, at its author's
//!   line; what is done where facts are missing has no line. `if`, `and`, `or` and rows of tables are branches at
//!   their author's lines. Otherwise conditions that are cheap are computed without branches.
//! - A failure traps at the line of what has failed, in a function whose name says in which way it has, such as
//!   `fail: no such item or row`: a division by zero as such, others as `unreachable`. Where several computations have
//!   failed in one way within the library, it is the line of the first. A value beyond the bounds under which a rule
//!   was built traps in a function of its argument, without line; a fact's is never handed to it, since the module
//!   tells their ranges in [`RANGES_SECTION`].

mod aggregate;
mod answer;
mod boxed;
mod boxed_forms;
mod boxed_table;
mod builtins;
mod code;
mod collect;
mod compare;
mod compiler;
mod date_functions;
mod dates;
mod debug_info;
mod error;
mod expr;
mod failing_row;
mod failures;
mod findings;
mod fixed;
mod form;
mod glue;
mod helpers;
mod interface;
mod iterate;
mod layout;
mod link;
mod load;
mod logic;
mod lookup;
mod merge;
mod model;
mod module;
mod node;
mod numbers;
mod options;
mod quantify;
mod quotients;
mod rounding;
mod sort;
mod table;
mod val;
mod walk;
mod weight;
mod world;

use std::collections::{HashMap, HashSet};

use ordinance_domain::built_ranges::RANGES_SECTION;
use ordinance_domain::rule_type::{Argument as RuleArgument, RuleField, ValueType};
use wasm_encoder::{CustomSection, Encode, ValType};
use wit_component::StringEncoding;
use wit_parser::Resolve;

use self::compiler::Compiler;
pub use self::error::CompileError;
use self::helpers::PAGE_BYTES;
use self::interface::{Interface, TypedField};
use self::layout::{FLAT_MAX, Offsets, flatten, layout};
use self::link::Library;
use self::load::{Absence, Source};
pub use self::model::{CompiledModel, compile_model, decoded_output, encoded_inputs};
pub use self::options::{CompileOptions, DebugOptions};
use self::val::Val;
use crate::tree::{Answer, Argument, Determination, LocalId, Program};
use crate::types::{Type, TypeKind};

/// A compiled rule.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The core module, with the type of its component for `wit_component::ComponentEncoder`.
    pub module: Vec<u8>,
    /// The world of the rule in WIT, for people.
    pub wit: String,
    /// The most fuel that a call takes; `None` if a list has no bound, or the rule makes texts of others.
    pub fuel_bound: Option<u64>,
}

/// The first address of a rule's data, without the library.
const DATA_START: u32 = 16;

/// The interface of rules, of which each rule's world is a part.
const INTERFACE_WIT: &str = include_str!("../../wit/types.wit");

/// Compiles a rule.
///
/// # Errors
/// [`CompileError`] if an expression has no code, or the interface of rules can't express it.
pub fn compile(program: &Program, options: &CompileOptions<'_>) -> Result<Compiled, CompileError> {
    let Answer::Determination(answer) = &program.answer else {
        return Err(CompileError::Inconsistent("a model of DMN is no rule".to_owned()));
    };
    let interface = interface::interface(program, answer, options.facts)?;
    let wit = world::world(&interface);
    let library = Library::embedded()?;
    // Most rules need nothing of the library. The data of one that does lies elsewhere.
    let plain = function(program, answer, &interface, options, (library, DATA_START, HashSet::new()))?;
    let (compiler, body, parameters) = if plain.0.exports.is_empty() {
        plain
    } else {
        let start = u32::try_from(library.pages).unwrap_or_default().saturating_mul(PAGE_BYTES);
        function(program, answer, &interface, options, (library, start, plain.0.made))?
    };
    let linked = (!compiler.exports.is_empty()).then_some(library);
    let entry = module::Entry { name: "determine", parameters: &parameters, body };
    let made = module::make(compiler, entry, linked)?;
    let mut module = made.bytes;
    if let Some(debug) = &options.debug {
        debug_info::add(&mut module, &made.placed, debug)?;
    }
    let ranges = interface::ranges(&interface).to_string();
    module.push(wasm_encoder::SectionId::Custom.into());
    CustomSection { name: RANGES_SECTION.into(), data: ranges.as_bytes().into() }.encode(&mut module);
    embed_world(&mut module, &wit)?;
    Ok(Compiled { module, wit, fuel_bound: made.fuel_bound })
}

/// Embeds the type of the component.
fn embed_world(module: &mut Vec<u8>, wit: &str) -> Result<(), CompileError> {
    let failed = |error: &dyn std::fmt::Display| CompileError::Encoding(format!("{error:#}"));
    let mut resolve = Resolve::default();
    resolve.push_str("types.wit", INTERFACE_WIT).map_err(|error| failed(&error))?;
    let package = resolve.push_str("rule.wit", wit).map_err(|error| failed(&error))?;
    let world = resolve.select_world(&[package], Some("rule")).map_err(|error| failed(&error))?;
    wit_component::embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| failed(&error))
}

/// What is known of the function, its body, and the types of its parameters.
type MadeFunction<'a> = (Compiler<'a>, code::Body, Vec<ValType>);

/// Makes the function of the rule.
fn function<'a>(
    program: &'a Program,
    answer: &Determination,
    interface: &Interface,
    options: &CompileOptions<'_>,
    (library, data_start, made): (&'a Library, u32, HashSet<LocalId>),
) -> Result<MadeFunction<'a>, CompileError> {
    let arguments = arguments(interface);
    let mut flat = Vec::new();
    arguments.iter().for_each(|(_, value_type, _)| flatten(value_type, &mut flat));
    let is_flat = flat.len() <= FLAT_MAX;
    let parameters = if is_flat { flat } else { vec![ValType::I32] };
    let is_unoptimised = options.debug.is_some_and(|debug| debug.is_unoptimised);
    let mut compiler = Compiler::new(&parameters, is_unoptimised, library, data_start);
    compiler.made = made;
    let loaded = load_arguments(&mut compiler, &arguments, is_flat)?;
    for input in &program.inputs {
        let found = match &input.argument {
            Argument::AsOf => loaded.get(&RuleArgument::AsOf.word()).cloned(),
            Argument::Jurisdiction => loaded.get(&RuleArgument::Jurisdiction.word()).cloned(),
            Argument::Inherited => loaded.get(&RuleArgument::Inherited.word()).cloned(),
            Argument::Fact(name) => field_of(&loaded, RuleArgument::Applicant, &interface.applicant, name),
            Argument::Parameter(name) => field_of(&loaded, RuleArgument::Parameters, &interface.parameters, name),
            Argument::Model(_) => None,
        };
        let found = found.ok_or_else(|| CompileError::Inconsistent("an input has no argument".to_owned()))?;
        let found = compiler.share_val(&found);
        compiler.inputs.push(found);
    }
    compiler.definitions(program)?;
    compiler.answer(answer, interface)?;
    if !compiler.exports.is_empty() {
        compiler.link_allocator();
    }
    let body = compiler.finish_body();
    Ok((compiler, body, parameters))
}

/// The arguments of the function, as they lie.
fn arguments(interface: &Interface) -> Vec<(RuleArgument, ValueType, Type)> {
    let record = |fields: &[TypedField]| {
        let types = fields.iter().map(|typed| (typed.field.name.to_string(), typed.ty.clone())).collect();
        let fields: Vec<RuleField> = fields.iter().map(|typed| typed.field.clone()).collect();
        (ValueType::Record(fields), Type::from(TypeKind::Context(types)))
    };
    interface
        .arguments
        .iter()
        .map(|argument| {
            let (value_type, ty) = match argument {
                RuleArgument::AsOf => (ValueType::Date, TypeKind::Date.into()),
                RuleArgument::Applicant => record(&interface.applicant),
                RuleArgument::Parameters => record(&interface.parameters),
                RuleArgument::Inherited => {
                    let grant = ValueType::Record(interface.grant.clone());
                    let ty = interface.inherited.clone().unwrap_or_else(|| TypeKind::Null.into());
                    (ValueType::Option(Box::new(grant)), ty)
                }
                RuleArgument::Jurisdiction => (ValueType::Text, TypeKind::Text.into()),
            };
            (*argument, value_type, ty)
        })
        .collect()
}

/// A word for an argument, to look it up.
trait ArgumentWord {
    fn word(self) -> &'static str;
}

impl ArgumentWord for RuleArgument {
    fn word(self) -> &'static str {
        match self {
            Self::AsOf => "as-of",
            Self::Applicant => "applicant",
            Self::Parameters => "parameters",
            Self::Inherited => "inherited",
            Self::Jurisdiction => "jurisdiction",
        }
    }
}

/// Loads all arguments, by their words.
fn load_arguments(
    compiler: &mut Compiler<'_>,
    arguments: &[(RuleArgument, ValueType, Type)],
    is_flat: bool,
) -> Result<HashMap<&'static str, Val>, CompileError> {
    let mut loaded = HashMap::new();
    let mut offsets = Offsets::default();
    let mut next = 0;
    for (argument, value_type, ty) in arguments {
        let offset = offsets.add(layout(value_type));
        let mut source = if is_flat { Source::Flat(next) } else { Source::Memory(node::Node::Local(0), offset) };
        // What is missing of the upper levels' grant, or of parameters, is null; a fact that is missing isn't known.
        let absence = Absence { present: None, is_null: *argument != RuleArgument::Applicant };
        let found = compiler.load(value_type, ty, &mut source, &absence)?;
        if let Source::Flat(local) = source {
            next = local;
        }
        loaded.insert(argument.word(), found);
    }
    Ok(loaded)
}

fn field_of(
    loaded: &HashMap<&'static str, Val>,
    argument: RuleArgument,
    fields: &[TypedField],
    name: &str,
) -> Option<Val> {
    let index = fields.iter().position(|typed| typed.field.name.is(name))?;
    match loaded.get(argument.word())? {
        Val::Record { fields, .. } => fields.get(index).cloned(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
