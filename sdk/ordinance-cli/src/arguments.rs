//! The flags, as they are typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Regional law as code: write rules, test them, serve them.
#[derive(Debug, Parser)]
#[command(name = "ordinance", version, about, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write a new rule that builds, with a failing case to begin with
    #[command(
        after_help = "Examples:\n  ordinance new CN-4403/old-age-allowance --dir my-rulebook\n  ordinance new --kind privacy CN-4403/data-protection --dir my-rulebook"
    )]
    New(NewArguments),
    /// Build every rule of a folder into a rulebook
    #[command(after_help = "Example:\n  ordinance build plugins --out rulebook")]
    Build(BuildArguments),
    /// Run the cases of every rule, or a file of cases, in the engine that the server uses
    #[command(
        after_help = "Examples:\n  ordinance test plugins\n  ordinance test rulebook --cases cases.csv\n  ordinance test plugins --filter CN-31 --threshold 80 --report html=report.html --report junit=junit.xml\n\nA file of cases is NDJSON (a case a line), JSON (an array of them), CSV or Parquet (columns jurisdiction, service, as_of, outcome,\ngrant.FIELD, missing, finding.CRITERION, and one for each fact)."
    )]
    Test(TestArguments),
    /// Build, then search for cases in which a rule breaks upper law or fails
    #[command(
        after_help = "Example:\n  ordinance check plugins --rule CN-3706\n\nA case that is found is made as small as it can be and printed as a case file."
    )]
    Check(CheckArguments),
    /// Put mistakes into a rule, and list those that no case notices
    #[command(
        after_help = "Example:\n  ordinance mutate CN-37/disability-care-subsidy --dir plugins\n\nEach number of rule.toml is moved by one step, and each comparison of the code is turned into its neighbour (< into <=).\nFor a mistake that no case notices, a case that would is printed: confirm or correct it, and save it beside the rule."
    )]
    Mutate(MutateArguments),
    /// Propose the cases that are missing on the two sides of each line that a rule draws
    #[command(
        after_help = "Example:\n  ordinance boundary CN-37/disability-care-subsidy --dir plugins --out plugins/CN-37/disability-care-subsidy/cases/boundary.toml\n\nEach pair of cases is one step of a fact apart and comes out otherwise. Confirm or correct what is expected: it is what the rule\ndecides now."
    )]
    Boundary(BoundaryArguments),
    /// Seek cases that break what must hold for every case: the properties in properties.toml beside a rule
    #[command(
        after_help = "Example:\n  ordinance property CN-37/disability-care-subsidy --dir plugins\n\nproperties.toml:\n  [[properties]]\n  name = \"who is older gets no less\"\n  kind = \"monotone\"          # or no-cliff, no-influence, range, symmetry\n  fact = \"age\"\n  more-gets = \"no-less\"\n\nTwo cases that break a property are made as small as they can be and printed. Finding none is no proof."
    )]
    Property(PropertyArguments),
    /// Say what a rule is and may see, from its one file
    #[command(
        after_help = "Example:\n  ordinance inspect rulebook/rules/848d8110....wasm --rulebook plugins\n\nWith the rulebook it names the facts of the service that the rule cannot see; with its sources, the fuel of its cases too."
    )]
    Inspect(InspectArguments),
    /// Say what the cases of a rule cost in fuel, memory and time, and the dearest case found
    #[command(
        after_help = "Example:\n  ordinance bench US-FL/cash-assistance --dir plugins\n\nFuel is the same on every machine; time is not."
    )]
    Bench(BenchArguments),
    /// Show one case step by step: what each rule was told and found, and where each bound acted
    #[command(
        after_help = "Example:\n  ordinance trace CN-3706/disability-care-subsidy --dir plugins --case 'grade 1'"
    )]
    Trace(TraceArguments),
    /// Make up people of a service, for when there is no data
    #[command(
        after_help = "Example:\n  ordinance synth disability-care-subsidy --dir plugins --jurisdiction CN-37 --n 100000 --seed 1 --out people.ndjson\n\nThe same seed gives the same people. --distributions FILE.toml says how they are spread:\n  [jurisdictions]\n  CN-37 = 60\n  CN-44 = 40\n  [facts.age]\n  normal = { mean = 45, deviation = 18 }      # or uniform = [18, 90]\n  missing = 0.05\n  [facts.household_scheme]\n  values = { dibao = 1, dibao_margin = 1, none = 8 }"
    )]
    Synth(SynthArguments),
    /// Review a rulebook before it binds anybody: check, cases, properties and what would change, in one folder
    #[command(
        after_help = "Example:\n  ordinance review rules --against published --out review --threshold 80\n\nWrites report.html, junit.xml and summary.json. --against is the rulebook in force, --population the people it is asked for; without\none it is asked for the cases beside the rules. Changes alone are no finding."
    )]
    Review(ReviewArguments),
    /// Say what a new rulebook would change: who gains, who loses, by how much and by which criteria
    #[command(
        after_help = "Examples:\n  ordinance diff old-rulebook new-rulebook --population people.csv --by age\n  ordinance diff plugins changed --population people.ndjson --service disability-care-subsidy --as-of 2026-03-01 \\\n    --html impact.html --changed changed.ndjson\n\nPeople come as NDJSON ({\"jurisdiction\": ..., \"facts\": {...}} a line; a file of cases will do) CSV or Parquet (a column for each fact).\nNothing changes: exit code 0. Something does: 1. Not everybody could be compared: 2."
    )]
    Diff(DiffArguments),
    /// Decide one case without a server
    #[command(
        after_help = "Example:\n  echo '{\"disability_grade\":1}' | ordinance decide plugins --jurisdiction CN-44 --service disability-care-subsidy --as-of 2026-01-01 --facts -"
    )]
    Decide(DecideArguments),
    /// Ask for facts without a server: what the law of every level rules on each
    #[command(
        after_help = "Example:\n  echo '{\"jurisdiction\":\"CN-4403\",\"purpose\":\"dpv:PublicBenefit\",\"basis\":\"statutory-duty\",\"facts\":[\"age\"],\n    \"recipient\":{\"kind\":\"public-body\",\"id\":\"civil-affairs\"}}' | ordinance disclose plugins --request -"
    )]
    Disclose(DiscloseArguments),
    /// Make an API key for a caller, with the lines for host.toml
    #[command(
        after_help = "Example:\n  ordinance key yantai-portal >> host.toml     # the key itself is shown once, on standard error"
    )]
    Key(KeyArguments),
    /// Serve a rulebook over HTTP
    #[command(
        after_help = "Examples:\n  ordinance serve rulebook --config host.toml\n  ordinance serve rulebook --open-door      # to try it: everybody on this machine may ask"
    )]
    Serve(ServeArguments),
    /// Compile what standard input asks for into the code cache: the process that a host has its rules compiled by
    #[command(hide = true)]
    Compile(CompileArguments),
    /// Build a folder of rules, serve it, and build and load again whenever a file changes
    #[command(after_help = "Example:\n  ordinance dev plugins --open-door")]
    Dev(DevArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// Whose law for which service, as CODE/SERVICE; of a privacy rule its own id, as CODE/ID
    pub(crate) rule: String,
    /// What kind of rule
    #[arg(long, value_enum, default_value_t = RuleKind::Eligibility)]
    pub(crate) kind: RuleKind,
    /// The folder of the rulebook; it is made if there is none
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// The folder with rulebook.toml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Where the rulebook is written [default: DIR/target/rulebook]
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TestArguments {
    /// A folder with rulebook.toml, which is built first, or a built rulebook
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// A file of cases (.ndjson, .json, .csv or .parquet) instead of the cases beside the rules
    #[arg(long)]
    pub(crate) cases: Option<PathBuf>,
    /// Only cases whose rule or name contains this
    #[arg(long)]
    pub(crate) filter: Option<String>,
    /// Say what of the law no case meets: criteria never satisfied, not satisfied or unknown, numbers not met from both sides
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Say which branches of the rules' code the cases beside them never take, by source line; builds the rules once more
    #[arg(long, conflicts_with = "cases")]
    pub(crate) branches: bool,
    /// Fail if the cases meet less of the law than this, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    /// Write a report, as html=FILE or junit=FILE
    #[arg(long, value_name = "KIND=FILE", value_parser = report_of)]
    pub(crate) report: Vec<ReportArgument>,
    /// Say each case that failed, and the sum, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Build and run again whenever a file of the folder changes
    #[arg(long)]
    pub(crate) watch: bool,
}

/// A report to write.
#[derive(Debug, Clone)]
pub(crate) enum ReportArgument {
    /// A page.
    Html(PathBuf),
    /// JUnit XML.
    Junit(PathBuf),
}

fn report_of(text: &str) -> Result<ReportArgument, String> {
    match text.split_once('=') {
        Some(("html", path)) if !path.is_empty() => Ok(ReportArgument::Html(path.into())),
        Some(("junit", path)) if !path.is_empty() => Ok(ReportArgument::Junit(path.into())),
        Some(_) | None => Err("write html=FILE or junit=FILE".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The folder with rulebook.toml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// How many cases are generated for each rule on each day on which its law changes
    #[arg(long, default_value_t = 128)]
    pub(crate) cases: u32,
    /// Say what was found, and the sum, as lines of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct MutateArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Fail if fewer of the mistakes are noticed than this, in percent [default: 100]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
    /// Say each mistake that no case notices, and the sum, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BoundaryArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Write the cases to this file
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) out: Option<PathBuf>,
    /// Say each pair as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PropertyArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service [default: every rule]
    pub(crate) rule: Option<String>,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Say each violation, and the sum, as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// The rule's file
    pub(crate) file: PathBuf,
    /// The rulebook that it belongs to: a folder with rulebook.toml, which is built first, or a built one
    #[arg(long, value_name = "DIR")]
    pub(crate) rulebook: Option<PathBuf>,
    /// Say it as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// How often each case is run; the shortest time counts
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) runs: u32,
    /// Say it as a line of JSON for each rule
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TraceArguments {
    /// The rule, as CODE/SERVICE; or all of a place or of a service
    pub(crate) rule: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The cases beside the rule whose name contains this
    #[arg(long)]
    pub(crate) case: String,
    /// Say each case as a line of JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SynthArguments {
    /// The id of the service
    pub(crate) service: String,
    /// The folder with rulebook.toml
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// How many people
    #[arg(long, default_value_t = 1000)]
    pub(crate) n: u64,
    /// What they are drawn from
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where they live, unless the distributions say otherwise
    #[arg(long)]
    pub(crate) jurisdiction: String,
    /// The day they are decided for, as YYYY-MM-DD [default: today]
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// How they are spread, as TOML [default: evenly over the types of the facts]
    #[arg(long, value_name = "FILE")]
    pub(crate) distributions: Option<PathBuf>,
    /// Write them to this file [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReviewArguments {
    /// The folder with rulebook.toml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// The rulebook in force: a folder with rulebook.toml, which is built first, or a built one
    #[arg(long, value_name = "RULEBOOK")]
    pub(crate) against: PathBuf,
    /// Where the reports are written; it is made if there is none
    #[arg(long, value_name = "DIR", default_value = "review")]
    pub(crate) out: PathBuf,
    /// Only the rules of this place, of this service, or of CODE/SERVICE
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// The people, as NDJSON, CSV or Parquet, each with a place, a service and a day [default: the cases beside the rules]
    #[arg(long, value_name = "FILE")]
    pub(crate) population: Option<PathBuf>,
    /// Say the summary as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Fail if the cases meet less of the law than this, in percent
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) threshold: Option<u8>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The old rulebook: a folder with rulebook.toml, which is built first, or a built one
    pub(crate) old: PathBuf,
    /// The new rulebook
    pub(crate) new: PathBuf,
    /// The people, as NDJSON, CSV or Parquet; read as it goes, however many they are
    #[arg(long, alias = "cases", value_name = "FILE")]
    pub(crate) population: PathBuf,
    /// The place of who doesn't say it
    #[arg(long)]
    pub(crate) jurisdiction: Option<String>,
    /// The service of who doesn't say it
    #[arg(long)]
    pub(crate) service: Option<String>,
    /// The day of who doesn't say it, as YYYY-MM-DD
    #[arg(long)]
    pub(crate) as_of: Option<String>,
    /// Group by this fact too; may be given several times
    #[arg(long, value_name = "FACT")]
    pub(crate) by: Vec<String>,
    /// Write each case that changes as a line of NDJSON
    #[arg(long, value_name = "FILE")]
    pub(crate) changed: Option<PathBuf>,
    /// Write a page that needs no network
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Say it as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArguments {
    /// A folder with rulebook.toml, which is built first, or a built rulebook
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// The code of the place the case is about
    #[arg(long)]
    pub(crate) jurisdiction: String,
    /// The id of the service
    #[arg(long)]
    pub(crate) service: String,
    /// The day to decide for, as YYYY-MM-DD
    #[arg(long)]
    pub(crate) as_of: String,
    /// Decide on what was known on this day, as YYYY-MM-DD [default: on all that is known now]
    #[arg(long)]
    pub(crate) known_at: Option<String>,
    /// A file with a JSON object of facts, or - for standard input
    #[arg(long)]
    pub(crate) facts: PathBuf,
    /// What kind of recipient asks
    #[arg(long, default_value = "portal")]
    pub(crate) recipient_kind: String,
    /// Which recipient asks
    #[arg(long, default_value = "command-line")]
    pub(crate) recipient: String,
    /// What entitles to the facts, a word or a JSON object as in a request [default: the basis of the service]
    #[arg(long)]
    pub(crate) basis: Option<String>,
    /// What is known of the person, a JSON object such as '{"age_band":"adult"}'
    #[arg(long)]
    pub(crate) subject: Option<String>,
    /// The language of titles
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
}

#[derive(Debug, Args)]
pub(crate) struct DiscloseArguments {
    /// A folder with rulebook.toml, which is built first, or a built rulebook
    #[arg(default_value = ".")]
    pub(crate) path: PathBuf,
    /// A file with the JSON object of a request as for POST /v1/disclosures, or - for standard input
    #[arg(long)]
    pub(crate) request: PathBuf,
    /// The language of titles
    #[arg(long, default_value = "en")]
    pub(crate) language: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// The caller's id, which privacy rules and the decision log see
    pub(crate) id: String,
    /// What kind of recipient it is
    #[arg(long, default_value = "portal")]
    pub(crate) kind: String,
}

/// The kinds of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleKind {
    /// Who gets which benefit
    Eligibility,
    /// Who may use or see which fact
    Privacy,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArguments {
    /// The settings; see `host.toml` in the host's folder for every key
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// The address that portals call [default: 127.0.0.1:8080]
    #[arg(long)]
    pub(crate) listen: Option<SocketAddr>,
    /// The address of health and metrics [default: 127.0.0.1:9090]
    #[arg(long)]
    pub(crate) operations: Option<SocketAddr>,
    /// Let everybody on this machine in, for everything: to try it, never to serve people
    #[arg(long)]
    pub(crate) open_door: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// A built rulebook
    pub(crate) rulebook: PathBuf,
    /// Say whether the settings, the rulebook and its cases are good, and serve nothing
    #[arg(long)]
    pub(crate) check_config: bool,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
}

/// What a host asks of the process that compiles its rules.
#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// The memory of one call of a rule, by which code is laid out
    #[arg(long)]
    pub(crate) rule_memory_bytes: usize,
    /// How many rules run at one time
    #[arg(long)]
    pub(crate) slots: u32,
    /// What memory this process may take
    #[arg(long)]
    pub(crate) memory_bytes: u64,
    /// Trust the folders above that of compiled code
    #[arg(long)]
    pub(crate) trust_cache_parents: bool,
    /// The folder of compiled code
    pub(crate) code_cache: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    /// The folder with rulebook.toml
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) listen: ListenArguments,
}
