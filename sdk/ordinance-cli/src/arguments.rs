//! The commands and their flags.

mod authorities;
mod decisions;
mod dmn;
mod folder;
mod logs;
mod objections;
mod page_language;
mod receipts;
mod reviews;
mod schemas;
mod serving;
mod studies;
mod table_help;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::authorities::{
    ApproveArguments, ApproversArguments, DelegateArguments, FetchArguments, InitArguments, ListObjectionsKeyArguments,
    LogArguments, NewKeyArguments, PassphraseArguments, PublishArguments, RebuildArguments, RefreshArguments,
    RevokeArguments, RotateArguments, ShowArguments, SignArguments, SigningArguments, TrustArguments, TrustCommand,
    ValidityArguments,
};
pub(crate) use self::decisions::{DecideArguments, DiscloseArguments};
pub(crate) use self::dmn::{ExportArguments, ImportArguments, TckArguments};
use self::folder::FolderArguments;
pub(crate) use self::logs::{
    LogAdoptArguments, LogAuditArguments, LogCommand, LogKeyArguments, LogProveArguments, LogVerifyArguments,
};
pub(crate) use self::objections::{
    AnswerArguments, AnswerOutcome, ListObjectionsArguments, ObjectionsArguments, ObjectionsCommand,
    ObjectionsKeyArguments, ShowObjectionArguments,
};
pub(crate) use self::page_language::PageLanguage;
pub(crate) use self::receipts::{
    PageArguments, ReceiptArguments, ReceiptCheckArguments, ReceiptCommand, ReplayArguments, VerifyArguments,
};
pub(crate) use self::reviews::{DiffArguments, ExplainArguments, ImpactArguments, ReviewArguments};
pub(crate) use self::schemas::{FunctionsArguments, SchemaArguments, SchemaKind};
pub(crate) use self::serving::{CompileArguments, DevArguments, ListenArguments, RolloutArguments, ServeArguments};
pub(crate) use self::studies::{
    BenchArguments, BoundaryArguments, CheckArguments, MutateArguments, PropertyArguments, StudyArguments,
    TraceArguments,
};
use crate::source_trust::SourceTrustArguments;

/// Regional law as code: write rules, test them, serve them.
#[derive(Debug, Parser)]
#[command(name = "ordinance", version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a new rule that builds, with a failing case to fill in
    #[command(
        after_help = "Examples:\n  ordinance new CN-4403/old-age-allowance --dir my-rulebook\n  ordinance new --lang rust CN-4403/old-age-allowance --dir my-rulebook\n  ordinance new --kind privacy CN-4403/data-protection --dir my-rulebook\n\nA rule is expressions and tables in one file, rule.toml, and needs no compiler but this command. --lang rust writes a package\nof Rust, and the SDK into the rulebook if it has none yet; a rulebook may have rules of both kinds. A service that the rulebook\ndoesn't have gets its file, services/SERVICE.toml, from a template."
    )]
    New(NewArguments),
    /// Build every rule of a folder into a rulebook
    #[command(
        after_help = "Example:\n  ordinance build plugins --out rulebook\n\nA build runs no code of the sources' author: build scripts, procedural macros that the SDK doesn't bring, settings of cargo and\ntoolchain paths are refused by their names, and the compiler is confined (Landlock) to read the sources and write its target\nfolder, without network. --trust-sources builds such sources with your rights."
    )]
    Build(BuildArguments),
    /// Run the cases of every rule, or a file of cases, in the engine that the server uses
    #[command(after_help = table_help::TEST)]
    Test(TestArguments),
    /// Build, then search for cases in which a rule breaks upper law or fails
    #[command(
        after_help = "Example:\n  ordinance check plugins --rule CN-3706\n\nEach counterexample is shrunk and printed as a case file."
    )]
    Check(CheckArguments),
    /// Run mutation tests: put mistakes into a rule, and list those that no case detects
    #[command(
        after_help = "Example:\n  ordinance mutate CN-37/disability-care-subsidy --dir plugins\n\nThe command moves each number of rule.toml, and each that the author wrote into the code, by one step, and turns each of the\nauthor's comparisons into its neighbour (< into <=). For a mistake that no case detects, it prints a case that would: confirm or\ncorrect it, and save it beside the rule."
    )]
    Mutate(MutateArguments),
    /// Propose the cases that are missing on either side of each boundary of a rule
    #[command(
        after_help = "Example:\n  ordinance boundary CN-37/disability-care-subsidy --dir plugins --out plugins/CN-37/disability-care-subsidy/cases/boundary.toml\n\nThe two cases of a pair differ by one step of one fact and have different outcomes; the rest of them is the least case. They are\ndated by the law. A second run, with the cases saved, seldom finds more. The expected outcomes are those of the current\nrule: confirm or correct them."
    )]
    Boundary(BoundaryArguments),
    /// Search for cases that violate the properties in properties.toml, which must hold for every case of a rule
    #[command(
        after_help = "Example:\n  ordinance property CN-37/disability-care-subsidy --dir plugins\n\nproperties.toml:\n  [[properties]]\n  name = \"an older person gets no less\"\n  kind = \"monotone\"          # or no-cliff, no-influence, range, symmetry\n  fact = \"age\"\n  more-gets = \"no-less\"\n\nThe command shrinks and prints the two cases that violate a property. If it finds none, that proves nothing."
    )]
    Property(PropertyArguments),
    /// Show what a rule is and which facts it may see, from its .wasm file
    #[command(
        after_help = "Example:\n  ordinance inspect rulebook/rules/848d8110....wasm --dir plugins\n\nWith the rulebook it lists the facts of the service that the rule cannot see; with the sources also the fuel of its cases."
    )]
    Inspect(InspectArguments),
    /// Measure the cost of a rule's cases in fuel, memory and time, and find the most expensive case
    #[command(
        after_help = "Example:\n  ordinance bench US-FL/cash-assistance --dir plugins\n\nFuel is the same on every machine; time is not."
    )]
    Bench(BenchArguments),
    /// Show one case step by step: the input and the findings of each rule, and each bound that was applied
    #[command(
        after_help = "Example:\n  ordinance trace CN-3706/disability-care-subsidy --dir plugins --case 'grade 1'"
    )]
    Trace(TraceArguments),
    /// Generate synthetic people to try a service without real data
    #[command(
        after_help = "Example:\n  ordinance synth disability-care-subsidy --dir plugins --jurisdiction CN-37 --n 100000 --seed 1 --out people.ndjson\n\nThe same seed gives the same people. --distributions FILE.toml gives their distributions:\n  [jurisdictions]\n  CN-37 = 60\n  CN-44 = 40\n  [facts.age]\n  normal = { mean = 45, deviation = 18 }      # or uniform = [18, 90]\n  missing = 0.05\n  [facts.household_scheme]\n  values = { dibao = 1, dibao_margin = 1, none = 8 }"
    )]
    Synth(SynthArguments),
    /// Review a rulebook before publication: write the results of check, cases, properties and impact into one folder
    #[command(
        after_help = "Example:\n  ordinance review rules --against published --out review --threshold 80\n\nWrites report.html, junit.xml and summary.json. --against names the rulebook in force (a first publication\nhas none), --population the people to compare (by default the cases beside the rules). Changed outcomes alone do not fail the review.\n\nRules that somebody else wrote are built without running their code, or not at all: sources with build scripts, foreign\nmacros or settings of cargo are refused. Review such ones with --prebuilt."
    )]
    Review(ReviewArguments),
    /// Say in words what changes in the rules of two rulebooks
    #[command(
        after_help = "Examples:\n  ordinance diff plugins changed --rule CN-37 --language zh\n  ordinance diff plugins/US-OR/cash-assistance plugins/US-OR/cash-assistance/2027\n\nIt compiles nothing and needs no people: it tells conditions, amounts, numbers with their days, tables and articles; of\nrules in another language what their rule.toml says. `ordinance impact` compares the decisions on people.\nExit codes: 0 nothing changes, 1 something does."
    )]
    Diff(DiffArguments),
    /// Compare the decisions of two rulebooks on people: who gains, who loses, by how much and by which criteria
    #[command(after_help = table_help::IMPACT)]
    Impact(ImpactArguments),
    /// Decide one case without a server
    #[command(
        after_help = "Examples:\n  ordinance decide CN-37/disability-care-subsidy --dir plugins disability_grade=1 needs_long_term_care=yes --as-of 2026-03-01\n  echo '{\"disability_grade\":1}' | ordinance decide CN-44/disability-care-subsidy --dir plugins --as-of 2026-01-01 --facts -\n\nFacts on the command line get the short answer: the outcome, its amounts, what is missing, the findings with their articles.\nFacts in JSON get the whole reply of a server in JSON. --json and --short say otherwise."
    )]
    Decide(DecideArguments),
    /// Rule on a request for facts without a server: show what the law of every level rules on each fact
    #[command(
        after_help = "Example:\n  echo '{\"jurisdiction\":\"CN-4403\",\"purpose\":\"dpv:PublicBenefit\",\"basis\":\"statutory-duty\",\"facts\":[\"age\"],\n    \"recipient\":{\"kind\":\"public-body\",\"id\":\"civil-affairs\"}}' | ordinance disclose plugins --request -"
    )]
    Disclose(DiscloseArguments),
    /// Make an API key for a caller, with the lines for host.toml
    #[command(
        after_help = "Example:\n  ordinance key yantai-portal >> host.toml     # the key itself is shown once, on standard error"
    )]
    Key(KeyArguments),
    /// Write the Rust bindings of rules from their WIT, as every build does
    #[command(
        after_help = "Example:\n  ordinance bindings CN-4403/old-age-allowance     # wit/bindings.rs, which editors read"
    )]
    Bindings(BindingsArguments),
    /// Explain a rule in words, with its articles, numbers, days and tables
    #[command(
        after_help = "Examples:\n  ordinance explain CN-3706/disability-living-subsidy --dir plugins --language zh\n  ordinance explain CN-3706/disability-living-subsidy --dir plugins --html rule.html\n  ordinance explain CN-3706/disability-living-subsidy --dir plugins --as-of 2026-03-01\n\nFor those who vote on a rule, and for those who compare it with the text of the law. Below the words for an expression stands the\nexpression as its author wrote it. Criteria that don't decide who is eligible stand apart. Numbers come in the order of rule.toml;\na list of numbers is a grid, with a row for each key and a column for each day. Nothing is built. The page is one file, to read or\nto print."
    )]
    Explain(ExplainArguments),
    /// Print the JSON Schema of a kind of file, for editors that complete and check TOML
    #[command(
        after_help = "Example:\n  ordinance schema rule > rule.schema.json\n\n`ordinance new` writes the schemas into .ordinance/schema of a rulebook, and the first line of a new rule names its schema:\n  #:schema ../../.ordinance/schema/rule.json"
    )]
    Schema(SchemaArguments),
    /// Print the operators and functions of expressions, each with an example and what it gives
    #[command(
        after_help = "Examples:\n  ordinance functions           # the whole page, in Markdown\n  ordinance functions round     # the rows with this word"
    )]
    Functions(FunctionsArguments),
    /// Check the decision log of a host: its tree, its records, and proofs that it holds one
    #[command(subcommand)]
    Log(LogCommand),
    /// Serve a rulebook over HTTP
    #[command(
        after_help = "Examples:\n  ordinance serve rulebook --config host.toml\n  ordinance serve rulebook --open-door      # to try it: every process on this machine may call it"
    )]
    Serve(ServeArguments),
    /// Bring a new rulebook into use on all hosts behind a load balancer: prepare it on each, then activate it on all
    #[command(
        after_help = "Examples:\n  ordinance rollout http://10.0.0.1:9090 http://10.0.0.2:9090 http://10.0.0.3:9090\n  ordinance rollout --prepare http://10.0.0.{1,2,3}:9090 --token operations.token\n\nThe hosts have reload.activate = \"on-request\". Nothing is activated unless each has the same rulebook prepared.\nExit codes: 0 all use the same rulebook, 1 a host can't be reached or refuses, 2 bad use."
    )]
    Rollout(RolloutArguments),
    /// Make a rule of a model of DMN: its decisions become criteria, the grant, defined values and tables
    #[command(
        after_help = "Example:\n  ordinance import allowance.dmn --service old-age-allowance --jurisdiction CN-4403 --dir my-rulebook\n\nBy their names, the decision `Eligible` (or Eligibility, Outcome, Entitled) is the outcome, the decisions of the type boolean that it\nreads are the criteria, and a decision with the name of a field of the grant is that field. --mapping FILE.toml says otherwise:\n  outcome = \"Entitlement\"              # outcome-value = \"granted\" if it isn't true or false\n  [criteria]\n  old-enough = \"Age is sufficient\"\n  [grant]\n  amount = \"Monthly Benefit.Amount\"   # DECISION, or DECISION.OUTPUT of a table with several\n  [facts]\n  age = \"Applicant.Age\"               # INPUT, or INPUT.PART"
    )]
    Import(ImportArguments),
    /// Write a rule as a model of DMN 1.5, which other tools open
    #[command(
        after_help = "Example:\n  ordinance export CN-4403/old-age-allowance --dmn --dir my-rulebook --out allowance.dmn\n\nFacts become input data, functions business knowledge models, and all else that the rule names decisions."
    )]
    Export(ExportArguments),
    /// Run test cases in the format of the DMN Technology Compatibility Kit against their models
    #[command(
        after_help = "Example:\n  ordinance tck TestCases/compliance-level-2 --list\n\nA result is passed, failed (another value than expected) or refused: the model or the case has something that isn't taken, or\ntypes don't fit, where DMN says null. --list shows the element and the reason."
    )]
    Tck(TckArguments),
    /// Check the receipt of a decision, or write it as a page
    Receipt(ReceiptArguments),
    /// Decide again what a receipt is of, by the rulebook that decided it, and compare
    #[command(
        after_help = "Examples:\n  ordinance replay receipt.json --repository https://law.example/CN --trust CN.root.json\n  ordinance replay receipt.json --rulebook rulebook\n\nThe rules are those that the receipt names by their digests. All but the id and the time is compared; a difference is printed, and\nthe command exits with 1. It names what can't be decided again: what rests on a pseudonym, or on a deadline."
    )]
    Replay(ReplayArguments),
    /// For the authority that reviews decisions: list, open and answer objections
    #[command(after_help = "host/README.md tells how objections come and what becomes of them.")]
    Objections(ObjectionsArguments),
    /// Keys and repositories of authorities: who may make which law
    #[command(after_help = "host/TRUST.md tells the story of a nation, a province and a city.")]
    Trust(TrustArguments),
    /// Sign the rules of an authority's place and those below, and put them into its repository
    #[command(
        after_help = "Example:\n  ordinance publish yantai --to repositories/CN-3706 --key yantai-publish --approved-in repositories/CN-37\n\nIt publishes the rules of the authority's place and of lower places that have no authority of their own, with their cases and\nbounds; the top authority also the definitions that all share. What the rulebook has of other places is left out. A rule that\ndoesn't build, or whose cases fail, is never published. A published rule whose version the rulebook hasn't is withdrawn only with\n--withdraw: the law of its place ends at once, for earlier days too. The repository is a folder for any static web server."
    )]
    Publish(PublishArguments),
    /// Approve a rule of a lower place that upper law reserves, by its digest
    #[command(
        after_help = "Examples:\n  ordinance approve CN-3706/old-age-allowance --from repositories/CN-3706 --to repositories/CN-37 --key reviewer-1\n  ordinance approve 3f2a9c81 --from yantai/target/rulebook --to repositories/CN-37 --key reviewer-2 --publish-key sd-publish\n\nApprove from the built rulebook before the lower authority publishes, so that no rule is ever published without its approval."
    )]
    Approve(ApproveArguments),
    /// Build a rule again and say whether its file comes from these sources
    #[command(
        after_help = "Example:\n  ordinance rebuild rule.wasm --source yantai\n\nExit codes: 0 the same bytes, 1 other bytes (it says what differs), 2 the sources have no such rule."
    )]
    Rebuild(RebuildArguments),
    /// Compile the rules that standard input requests into the code cache: the compiler process of a host
    #[command(hide = true)]
    Compile(CompileArguments),
    /// Build a folder of rules and serve it; build and load it again whenever a file changes
    #[command(after_help = "Example:\n  ordinance dev plugins --open-door")]
    Dev(DevArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The place and the service, as CODE/SERVICE; for a privacy rule the place and a new id, as CODE/ID
    pub(crate) rule: String,
    /// The kind of rule, or the file of a service alone
    #[arg(long, value_enum, default_value_t = RuleKind::Eligibility)]
    pub(crate) kind: RuleKind,
    /// The language of the rule [default: table; a privacy rule is in rust]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<RuleLanguage>,
    /// The folder of the rulebook; created if it does not exist
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// The languages in which `new` writes rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleLanguage {
    /// Expressions and tables in rule.toml; nothing else is installed
    Table,
    /// Rust; needs rustup
    Rust,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// The folder of the built rulebook [default: DIR/target/rulebook]
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TestArguments {
    #[command(flatten)]
    pub(crate) folder: FolderArguments,
    /// A file of cases (.ndjson, .json, .csv, .tsv, .xlsx, .ods or .parquet) instead of the cases beside the rules
    #[arg(long)]
    pub(crate) cases: Option<PathBuf>,
    /// Only cases whose rule or name contains this
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// List the law that no case covers: the findings that a criterion never gets, and the sides of a number that no
    /// fact reaches
    #[arg(long)]
    pub(crate) coverage: bool,
    /// List the branches of the rules' code that no case beside them takes, by source line; builds the rules once more
    #[arg(long, conflicts_with = "cases")]
    pub(crate) branches: bool,
    /// Fail if the cases cover less than this percentage of the law
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    /// Write a report, as html=FILE or junit=FILE
    #[arg(long, value_name = "KIND=FILE", value_parser = parse_report)]
    pub(crate) report: Vec<ReportArgument>,
    /// The language of the page of --report
    #[arg(long, value_enum, default_value = "en")]
    pub(crate) language: PageLanguage,
    /// Print each failed case, and the totals, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Build and run again whenever a file of the folder changes
    #[arg(long)]
    pub(crate) watch: bool,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

/// A report to write.
#[derive(Debug, Clone)]
pub(crate) enum ReportArgument {
    /// An HTML page; the path of its file.
    Html(PathBuf),
    /// JUnit XML; the path of its file.
    Junit(PathBuf),
}

/// The argument isn't `html=FILE` or `junit=FILE`.
#[derive(Debug, thiserror::Error)]
#[error("write html=FILE or junit=FILE")]
struct ReportArgumentError;

fn parse_report(text: &str) -> Result<ReportArgument, ReportArgumentError> {
    match text.split_once('=') {
        Some(("html", path)) if !path.is_empty() => Ok(ReportArgument::Html(path.into())),
        Some(("junit", path)) if !path.is_empty() => Ok(ReportArgument::Junit(path.into())),
        Some(_) | None => Err(ReportArgumentError),
    }
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The rule's file
    pub(crate) file: PathBuf,
    /// The folder of the rulebook that it belongs to: with rulebook.toml, which is built first, or a built one
    #[arg(long, value_name = "DIR", alias = "rulebook")]
    pub(crate) dir: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) trust: SourceTrustArguments,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArguments {
    /// The id of the service
    pub(crate) service: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The number of people
    #[arg(long, default_value_t = 1000)]
    pub(crate) n: u64,
    /// The seed of the random numbers; the same seed gives the same people
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// The code of the place where the people live, unless the distributions name places
    #[arg(long)]
    pub(crate) jurisdiction: String,
    /// The day for which the cases of the people are decided, as YYYY-MM-DD [default: today]
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// The distributions of places and facts, as TOML [default: uniform over the types of the facts]
    #[arg(long, value_name = "FILE")]
    pub(crate) distributions: Option<PathBuf>,
    /// Write the people to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct BindingsArguments {
    /// The folders of rules, each with a folder `wit`
    #[arg(required = true)]
    pub(crate) folders: Vec<PathBuf>,
    /// The folder of the rulebook, in which these are
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// The caller's id, which privacy rules and the decision log see
    pub(crate) id: String,
    /// The caller's kind of recipient
    #[arg(long, default_value = "portal")]
    pub(crate) kind: String,
}

/// What `new` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleKind {
    /// Decides who gets which benefit
    Eligibility,
    /// Rules on who may use or see which fact
    Privacy,
    /// The file of a service, without a rule: for a rule that `import` makes
    Service,
}
