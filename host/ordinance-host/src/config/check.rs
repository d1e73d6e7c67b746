//! Whether the settings can be used: numbers in their range, what they name beside the rulebook, and what they name of it.

use ordinance_engine::Rulebook;

use super::{CallerConfig, HostConfig};
use crate::admission::callers::Callers;
use crate::connection::tls::Certificates;
use crate::error::HostError;
use crate::observability::traces::Traces;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl HostConfig {
    /// Whether everything that the settings name beside the rulebook can be used: keys, tokens, certificates.
    ///
    /// # Errors
    /// The first that can't.
    pub fn check(&self) -> Result<(), HostError> {
        Callers::new(self)?;
        self.tls.as_ref().map(Certificates::open).transpose()?;
        Traces::open(&self.telemetry)?;
        Ok(())
    }

    /// The services and places of callers that a rulebook doesn't have, in words: nobody can ask for them.
    #[must_use]
    pub fn strangers(&self, rulebook: &Rulebook) -> Vec<String> {
        let of_caller = |caller: &CallerConfig| {
            let services = caller.services.iter().filter(|name| *name != "*" && !rulebook.has_service(name));
            let services = services.map(|name| format!("caller `{}`: the rulebook has no service `{name}`", caller.id));
            let places = caller.jurisdictions.iter().filter(|code| *code != "*" && !rulebook.has_place(code));
            let places = places.map(|code| format!("caller `{}`: the rulebook has no place `{code}`", caller.id));
            services.chain(places).collect::<Vec<_>>()
        };
        self.callers.iter().flat_map(of_caller).collect()
    }

    /// What can be meant and seldom is, in words.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let mut doubt = |is_so: bool, text: String| doubts.extend(is_so.then_some(text));
        let (lane, listen, log) = (&self.lane, &self.listen, &self.decision_log.path);
        doubt(
            lane.caller_in_work_max > lane.queue_max && lane.queue_max > 0,
            format!(
                "lane.caller-in-work-max {} lets one caller fill the queue of {}",
                lane.caller_in_work_max, lane.queue_max
            ),
        );
        doubt(
            lane.overloaded_ms >= lane.queue_ms && lane.queue_ms > 0,
            format!(
                "lane.overloaded-ms {} is no less than lane.queue-ms {}: nobody waits that long",
                lane.overloaded_ms, lane.queue_ms
            ),
        );
        doubt(
            listen.address == listen.operations && listen.address.port() != 0,
            format!("listen.address and listen.operations are both {}", listen.address),
        );
        let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty());
        doubt(
            folder.is_some_and(|folder| !folder.is_dir()),
            format!("the folder of decision-log.path `{}` isn't there", log.display()),
        );
        for caller in &self.callers {
            let lists = [
                ("services", &caller.services),
                ("purposes", &caller.purposes),
                ("jurisdictions", &caller.jurisdictions),
            ];
            for (name, _) in lists.into_iter().filter(|(_, list)| list.is_empty()) {
                doubt(true, format!("caller `{}` may ask for nothing: its `{name}` are empty", caller.id));
            }
        }
        doubts
    }

    /// Numbers that would make a host that can't answer, or one that can't start.
    pub(super) fn checked(self) -> Result<Self, HostError> {
        let (http, lane, rules) = (&self.http, &self.lane, &self.rules);
        let size = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let ranges = [
            ("http.body-bytes-max", size(http.body_bytes_max), 1, 1 << 30),
            ("http.body-ms", http.body_ms, 1, DAY_MS),
            ("http.header-ms", http.header_ms, 1, DAY_MS),
            ("http.write-ms", http.write_ms, 1, DAY_MS),
            ("http.connections-max", size(http.connections_max), 1, 1 << 20),
            ("http.drain-delay-ms", http.drain_delay_ms, 0, DAY_MS),
            ("http.drain-ms", http.drain_ms, 0, DAY_MS),
            ("lane.concurrency", size(lane.concurrency), 0, 512),
            ("lane.queue-max", size(lane.queue_max), 0, 1 << 20),
            ("lane.queue-ms", lane.queue_ms, 0, DAY_MS),
            ("lane.overloaded-ms", lane.overloaded_ms, 1, DAY_MS),
            ("lane.crowd-max", size(lane.crowd_max), 0, 1 << 20),
            ("lane.caller-in-work-max", size(lane.caller_in_work_max), 1, 1 << 20),
            ("batch.concurrency", size(self.batch.concurrency), 0, 512),
            ("batch.idle-ms", self.batch.idle_ms, 1, DAY_MS),
            ("rules.fuel", rules.fuel, 1, 1 << 60),
            ("rules.deadline-ms", rules.deadline_ms, 1, DAY_MS),
            ("rules.memory-bytes", size(rules.memory_bytes), 64 << 10, 1 << 31),
            ("rules.output-bytes", size(rules.output_bytes), 1 << 10, 16 << 20),
            ("rules.component-bytes-max", size(rules.component_bytes_max), 1 << 10, 64 << 20),
            ("rules.compile-ms", rules.compile_ms, 1, DAY_MS),
            ("rules.compile-memory-bytes", rules.compile_memory_bytes, 64 << 20, 1 << 40),
            ("rules.code-cache-bytes-max", rules.code_cache_bytes_max, 1 << 20, 1 << 40),
            ("reload.keep-s", self.reload.keep_s, 0, 30 * 24 * 60 * 60),
            ("reload.keep-max", size(self.reload.keep_max), 0, 1024),
            ("jwt.leeway-s", self.jwt.as_ref().map_or(0, |jwt| jwt.leeway_s), 0, 3600),
        ];
        let in_work = self.callers.iter().filter_map(|caller| caller.in_work_max).map(size);
        let in_work = in_work.map(|number| ("callers.in-work-max", number, 1, 1 << 20));
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            return Err(HostError::SampleRatio);
        }
        match ranges.into_iter().chain(in_work).find(|(_, number, least, most)| !(least..=most).contains(&number)) {
            Some((key, number, least, most)) => Err(HostError::OutOfRange { key, number, least, most }),
            None => Ok(self),
        }
    }
}
