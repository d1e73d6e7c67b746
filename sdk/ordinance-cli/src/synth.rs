//! `ordinance synth`: generates synthetic people, so that a service can be tried without real data.

use std::fs::File;
use std::io::{BufWriter, Write, stdout};

use ordinance_domain::calendar::TimeZone;
use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_domain::name::Id;
use ordinance_engine::definitions::{parse_definitions, read_definition_files};
use ordinance_engine::literals::read_date;
use ordinance_harness::{Distributions, PopulationGenerator, parse_distributions};

use crate::arguments::SynthArguments;
use crate::exit::{CommandError, Exit};
use crate::invocation::now;
use crate::source::{io_error, open};

pub(crate) fn run(arguments: &SynthArguments) -> Result<Exit, CommandError> {
    let definitions =
        parse_definitions(&read_definition_files(&open(&arguments.dir)?)?).map_err(CommandError::Diagnostics)?;
    let services = || definitions.contracts.keys().map(Id::as_str).collect::<Vec<_>>().join(", ");
    let service = Id::new(&arguments.service).ok();
    let contract = service.and_then(|service| definitions.contracts.get(&service)).ok_or_else(|| {
        CommandError::bad_use(
            format!("there is no service `{}`", arguments.service),
            format!("name one of: {}", services()),
        )
    })?;
    let place = JurisdictionCode::new(&arguments.jurisdiction)
        .map_err(|error| CommandError::bad_use(error.to_string(), "write a code of the rulebook, such as CN-37"))?;
    let now = now();
    let places = definitions.places.known_at(TimeZone::UTC.to_datetime(now).date());
    let as_of = match &arguments.as_of {
        Some(text) => read_date(text).ok_or_else(|| {
            CommandError::bad_use(format!("--as-of is `{text}`, which is not a date"), "write a date as YYYY-MM-DD")
        })?,
        None => places.day_at(&place, now),
    };
    let distributions = match &arguments.distributions {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|source| io_error("read", path, source))?;
            let parsed = parse_distributions(&path.display().to_string(), &text, contract);
            parsed.map_err(|diagnostic| CommandError::Diagnostics(vec![diagnostic]))?
        }
        None => Distributions::default(),
    };
    if let Some(unknown) = distributions.places().chain([&place]).find(|place| !places.knows(place)) {
        return Err(CommandError::bad_use(
            format!("the jurisdiction `{unknown}` is not in the rulebook"),
            "write a code of rulebook.toml, or of the tables that it names",
        ));
    }
    let mut generator = PopulationGenerator::new(contract, &distributions, place, as_of, arguments.seed);
    let (mut out, path): (Box<dyn Write>, _) = match &arguments.out {
        Some(path) => {
            let file = File::create(path).map_err(|source| io_error("written", path, source))?;
            (Box::new(BufWriter::new(file)), path.clone())
        }
        None => (Box::new(BufWriter::new(stdout().lock())), "standard output".into()),
    };
    let written =
        (0..arguments.n).try_for_each(|_| writeln!(out, "{}", generator.next_line())).and_then(|()| out.flush());
    match written {
        // A reader such as `head` may close the pipe early.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Good),
        Err(error) => Err(io_error("written", &path, error)),
        Ok(()) => Ok(Exit::Good),
    }
}
