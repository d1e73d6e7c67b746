//! Checks of the settings that need no other file: numbers in their range, references to the rulebook, and warnings.

use ordinance_domain::jurisdiction::JurisdictionCode;
use ordinance_engine::Rulebook;
use ordinance_log::LogName;
use ordinance_trust::ObjectionsRecipient;

use super::config_error::ConfigError;
use super::{CallerConfig, HostConfig};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl HostConfig {
    /// The services, places and facts of residence of callers that the rulebook doesn't have: no request for them can
    /// succeed.
    #[must_use]
    pub fn unresolved_references(&self, rulebook: &Rulebook) -> Vec<String> {
        let of_caller = |caller: &CallerConfig| {
            let services = caller.services.iter().filter(|name| *name != "*" && !rulebook.has_service(name));
            let services = services.map(|name| format!("caller `{}`: the rulebook has no service `{name}`", caller.id));
            let places = caller.jurisdictions.iter().filter(|code| *code != "*" && !rulebook.has_place(code));
            let places = places.map(|code| format!("caller `{}`: the rulebook has no place `{code}`", caller.id));
            let facts = caller.residence_facts.iter().filter(|name| rulebook.fact(name).is_none());
            let facts = facts.map(|name| format!("caller `{}`: the rulebook has no fact `{name}`", caller.id));
            services.chain(places).chain(facts).collect::<Vec<_>>()
        };
        self.callers.iter().flat_map(of_caller).collect()
    }

    /// Settings that are valid and seldom meant.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut warn_if = |holds: bool, text: String| warnings.extend(holds.then_some(text));
        let concurrency = &self.concurrency;
        let listen = &self.listen;
        let log = &self.decision_log.path;
        warn_if(
            concurrency.caller_in_flight_max > concurrency.queue_max && concurrency.queue_max > 0,
            format!(
                "concurrency.caller-in-flight-max {} lets one caller fill the queue of {}",
                concurrency.caller_in_flight_max, concurrency.queue_max
            ),
        );
        warn_if(
            concurrency.overloaded_ms >= concurrency.queue_ms && concurrency.queue_ms > 0,
            format!(
                "concurrency.overloaded-ms {} is no less than concurrency.queue-ms {}: no decision waits that long",
                concurrency.overloaded_ms, concurrency.queue_ms
            ),
        );
        warn_if(
            listen.address == listen.operations && listen.address.port() != 0,
            format!("listen.address and listen.operations are both {}", listen.address),
        );
        let try_out = self.portal.try_out.as_deref().filter(|folder| !folder.join("law").is_dir());
        if let Some(folder) = try_out {
            warnings.push(format!(
                "portal.try-out `{}` has no folder `law`: no service can be tried out; see Trying the law out in a browser in host/README.md",
                folder.display()
            ));
        }
        let mut warn_if = |holds: bool, text: String| warnings.extend(holds.then_some(text));
        let folder = log.parent().filter(|folder| !folder.as_os_str().is_empty());
        warn_if(
            folder.is_some_and(|folder| !folder.is_dir()),
            format!("the folder of decision-log.path `{}` isn't there", log.display()),
        );
        for caller in &self.callers {
            let lists = [("services", &caller.services), ("purposes", &caller.purposes), ("bases", &caller.bases)];
            let for_requests = lists.into_iter().filter(|_| !caller.console);
            for (name, _) in
                for_requests.chain([("jurisdictions", &caller.jurisdictions)]).filter(|(_, of)| of.is_empty())
            {
                warn_if(true, format!("caller `{}` may ask for nothing: its `{name}` are empty", caller.id));
            }
            warn_if(
                caller.console && !caller.services.is_empty(),
                format!(
                    "caller `{}` reads the console and may ask for decisions: by adding its own to the counts since the \
                     start it could learn of a single one of somebody else; give the console a caller of its own, with \
                     services = []",
                    caller.id
                ),
            );
            warn_if(
                caller.console && caller.key_sha256.is_some() && !self.is_reached_safely(),
                format!(
                    "caller `{}` signs in at the console with its key, and people reach {} without TLS: set [tls], or let \
                     a proxy speak it and say so in listen.public-url",
                    caller.id, listen.address
                ),
            );
        }
        warnings
    }

    /// Whether people reach the host over TLS, or on this machine alone.
    fn is_reached_safely(&self) -> bool {
        let public = self.listen.public_url.as_ref();
        self.tls.is_some()
            || self.listen.address.ip().is_loopback()
            || public.is_some_and(|url| url.starts_with("https://"))
    }

    /// Rejects numbers with which the host could not start, or could not answer.
    pub(super) fn validate(self) -> Result<Self, ConfigError> {
        let http = &self.http;
        let concurrency = &self.concurrency;
        let rules = &self.rules;
        let ranges = [
            ("http.body-bytes-max", size(http.body_bytes_max), 1, 1 << 30),
            ("http.body-ms", http.body_ms, 1, DAY_MS),
            ("http.header-ms", http.header_ms, 1, DAY_MS),
            ("http.write-ms", http.write_ms, 1, DAY_MS),
            ("http.connections-max", size(http.connections_max), 1, 1 << 20),
            ("http.connections-per-address-max", size(http.connections_per_address_max), 0, 1 << 20),
            ("http.drain-delay-ms", http.drain_delay_ms, 0, DAY_MS),
            ("http.drain-ms", http.drain_ms, 0, DAY_MS),
            ("concurrency.limit", size(concurrency.limit), 0, 512),
            ("concurrency.queue-max", size(concurrency.queue_max), 0, 1 << 20),
            ("concurrency.queue-ms", concurrency.queue_ms, 0, DAY_MS),
            ("concurrency.overloaded-ms", concurrency.overloaded_ms, 1, DAY_MS),
            ("concurrency.overload-queue-max", size(concurrency.overload_queue_max), 0, 1 << 20),
            ("concurrency.caller-in-flight-max", size(concurrency.caller_in_flight_max), 1, 1 << 20),
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
            ("rulebook.update-s", self.rulebook.update_s, 1, 24 * 60 * 60),
            ("reload.keep-s", self.reload.keep_s, 0, 30 * 24 * 60 * 60),
            ("reload.keep-max", size(self.reload.keep_max), 0, 1024),
            ("idempotency.keep-s", self.idempotency.keep_s, 1, 7 * 24 * 60 * 60),
            ("idempotency.bytes-max", size(self.idempotency.bytes_max), 0, 1 << 40),
            ("statistics.smallest-cell", self.statistics.smallest_cell, 3, 1 << 20),
            ("jwt.leeway-s", self.jwt.as_ref().map_or(0, |jwt| jwt.leeway_s), 0, 3600),
        ];
        let log_bytes = self.callers.iter().filter_map(|caller| caller.log_bytes_per_hour_max);
        let log_bytes = log_bytes.chain([self.decision_log.caller_bytes_per_hour_max]);
        let log_bytes = log_bytes.map(|number| ("log-bytes-per-hour-max", number, 0, 1 << 50));
        let in_flight = self.callers.iter().filter_map(|caller| caller.in_flight_max).map(size);
        let in_flight = in_flight.map(|number| ("callers.in-flight-max", number, 1, 1 << 20));
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            return Err(ConfigError::SampleRatio);
        }
        for (place, key) in &self.objections.recipients {
            if JurisdictionCode::new(place).is_err() || ObjectionsRecipient::parse(key).is_err() {
                return Err(ConfigError::ObjectionsRecipient { place: place.clone() });
            }
        }
        let log = &self.decision_log;
        log.name.as_deref().map(LogName::new).transpose().map_err(ConfigError::LogName)?;
        if log.key.as_ref() == Some(&log.path) {
            return Err(ConfigError::LogKey);
        }
        match ranges
            .into_iter()
            .chain(self.ranges_for_people())
            .chain(in_flight)
            .chain(log_bytes)
            .find(|(_, number, least, most)| !(least..=most).contains(&number))
        {
            Some((key, number, least, most)) => Err(ConfigError::OutOfRange { key, number, least, most }),
            None => Ok(self),
        }
    }

    /// The numbers that bound what people do at the portal and with objections: each with its key, its value, the least
    /// and the most that it may be.
    fn ranges_for_people(&self) -> Vec<(&'static str, u64, u64, u64)> {
        let (objections, portal) = (&self.objections, &self.portal);
        let session_s =
            portal.login.as_ref().map(|login| ("portal.login.session-s", login.session_s.into(), 60, 86_400));
        let ranges = [
            ("objections.bytes-max", objections.bytes_max, 0, 1 << 50),
            ("objections.per-hour", objections.per_hour.into(), 0, 1 << 20),
            ("objections.body-bytes-max", size(objections.body_bytes_max), 1 << 10, 16 << 20),
            ("portal.in-flight-max", size(portal.in_flight_max), 1, 1 << 20),
            ("portal.address-in-flight-max", size(portal.address_in_flight_max), 0, 1 << 20),
        ];
        ranges.into_iter().chain(session_s).collect()
    }
}

/// A count as the ranges have it.
fn size(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
