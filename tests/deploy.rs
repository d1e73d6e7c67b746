//! The files of a deployment: every manifest is read and its references followed, the host takes the settings in them,
//! and the metrics of alerts and dashboard are ones that the host gives.

use std::collections::BTreeSet;
use std::fs;

use ordinance_host::{Activation, HostConfig};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::assertions::{assert_contains, assert_includes};
use crate::support::{Server, get, plugins_rulebook, root, run, scratch, text_of};

fn text(name: &str) -> String {
    fs::read_to_string(root().join("host/deploy").join(name)).unwrap()
}

/// Every document of every manifest.
fn manifests() -> Vec<Value> {
    let mut files: Vec<_> =
        fs::read_dir(root().join("host/deploy/kubernetes")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for document in serde_yaml_ng::Deserializer::from_str(&text) {
            all.push(Value::deserialize(document).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        }
    }
    all
}

fn of_kind(kind: &str) -> Value {
    let found: Vec<Value> = manifests().into_iter().filter(|manifest| manifest["kind"] == kind).collect();
    assert_eq!(found.len(), 1, "{kind}");
    found[0].clone()
}

/// The pods of the deployment, and their one container.
fn pod() -> Value {
    of_kind("Deployment")["spec"]["template"]["spec"].clone()
}

fn container() -> Value {
    pod()["containers"][0].clone()
}

#[test]
fn there_is_a_manifest_of_each_kind_that_a_deployment_needs() {
    let kinds: BTreeSet<String> =
        manifests().iter().map(|manifest| manifest["kind"].as_str().unwrap().to_owned()).collect();
    let expected = [
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "Service",
    ];
    assert_eq!(kinds, expected.map(str::to_owned).into());
}

#[test]
fn every_selector_selects_the_pods_of_the_deployment() {
    let deployment = of_kind("Deployment");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    for selector in [
        &deployment["spec"]["selector"]["matchLabels"],
        &of_kind("Service")["spec"]["selector"],
        &of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        &of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ] {
        assert_eq!(selector, labels);
    }
    assert_eq!(of_kind("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"], deployment["metadata"]["name"]);
}

#[test]
fn a_node_can_be_drained() {
    let replicas = of_kind("Deployment")["spec"]["replicas"].as_u64().unwrap();
    let available = of_kind("PodDisruptionBudget")["spec"]["minAvailable"].as_u64().unwrap();
    assert!(available < replicas, "{available} of {replicas} must be available");
}

#[test]
fn a_container_has_no_right_that_the_host_does_not_need() {
    let security = json!({"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]}});
    assert_includes(&container()["securityContext"], security);
    assert_includes(&pod(), json!({"securityContext": {"runAsNonRoot": true}}));
    // The host calls nobody.
    assert_eq!(of_kind("NetworkPolicy")["spec"]["egress"], json!([]));
}

#[test]
fn a_volume_that_is_mounted_is_there_and_so_is_the_claim_that_it_names() {
    let pod = pod();
    let volumes = pod["volumes"].as_array().unwrap();
    for mount in container()["volumeMounts"].as_array().unwrap() {
        assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount}");
    }
    let names: Vec<Value> = manifests().iter().map(|manifest| manifest["metadata"]["name"].clone()).collect();
    for volume in volumes {
        for named in [&volume["persistentVolumeClaim"]["claimName"], &volume["configMap"]["name"]] {
            assert!(named.is_null() || names.contains(named), "{volume}");
        }
    }
}

#[test]
fn every_probe_calls_a_port_of_the_container() {
    let container = container();
    let ports: Vec<&Value> = container["ports"].as_array().unwrap().iter().map(|port| &port["name"]).collect();
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert!(ports.contains(&&container[probe]["httpGet"]["port"]), "{probe}");
    }
}

#[test]
fn requests_finish_before_a_pod_is_killed() {
    let grace = pod()["terminationGracePeriodSeconds"].as_u64().unwrap() * 1000;
    let settings: toml::Table = of_kind("ConfigMap")["data"]["host.toml"].as_str().unwrap().parse().unwrap();
    let drain: i64 = ["drain-delay-ms", "drain-ms"].map(|key| settings["http"][key].as_integer().unwrap()).iter().sum();
    assert!(u64::try_from(drain).unwrap() < grace, "{drain} ms to drain, {grace} ms of grace");
}

#[test]
fn the_host_takes_the_settings_of_the_manifests_and_the_flags_of_the_unit() {
    let folder = scratch();
    // As a volume of Kubernetes is: anybody may write to it.
    let volume = folder.path().join("volume");
    fs::create_dir(&volume).unwrap();
    fs::set_permissions(&volume, std::os::unix::fs::PermissionsExt::from_mode(0o2777)).unwrap();
    let cache = volume.join("code");
    let settings = of_kind("ConfigMap")["data"]["host.toml"].as_str().unwrap().to_owned();
    // The folders of the container aren't here.
    let log = folder.path().join("decisions.ndjson");
    let settings = settings.replace("/var/lib/ordinance/decisions.ndjson", log.to_str().unwrap());
    let settings = settings.replace("/var/cache/ordinance/code", cache.to_str().unwrap());
    let caller = format!(
        "\n[[callers]]\nid = \"a\"\nkind = \"portal\"\nkey-sha256 = \"{}\"\nservices = [\"*\"]\npurposes = [\"*\"]\njurisdictions = [\"*\"]\n",
        "0".repeat(64)
    );
    let config = folder.path().join("host.toml");
    fs::write(&config, settings + &caller).unwrap();
    let check = |arguments: &[&str]| {
        let checked = run(arguments);
        assert_eq!(checked.status.code(), Some(0), "{arguments:?}: {}", text_of(&checked));
    };
    let (rulebook, config) = (plugins_rulebook().to_str().unwrap(), config.to_str().unwrap());
    let container = container()["args"].clone();
    let unit = text("ordinance.service");
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStartPre=-/usr/local/bin/ordinance ")).unwrap();
    let container: Vec<&str> = container.as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    for words in [container, start.split(' ').collect()] {
        let here = |word: &&str| match *word {
            "/rulebook" | "/srv/rulebook" => rulebook.to_owned(),
            "/etc/ordinance/host.toml" => config.to_owned(),
            word => word.to_owned(),
        };
        let mut words: Vec<String> = words.iter().map(here).collect();
        if !words.iter().any(|word| word == "--check-config") {
            words.push("--check-config".to_owned());
        }
        check(&words.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let container = text("Containerfile");
    let last = container.rsplit("FROM ").next().unwrap();
    assert_contains(last, "distroless");
    assert_contains(last, "USER nonroot:nonroot");
}

#[test]
fn a_host_of_a_fleet_takes_its_settings_and_the_balancer_names_it_in_every_backend() {
    let settings = HostConfig::read(&root().join("host/deploy/fleet.toml")).unwrap();
    assert_eq!(settings.reload.activate, Activation::OnRequest);
    let operations = format!("check port {}", settings.listen.operations.port());
    let balancer = text("haproxy.cfg");
    assert_contains(&balancer, &operations);
    let backends: Vec<&str> = balancer.split("\nbackend ").skip(1).collect();
    assert_eq!(backends.len(), 6, "{backends:?}");
    for backend in backends {
        for number in 1..=3 {
            let server = format!("server host-{number} 10.0.0.{number}:{}", settings.listen.address.port());
            assert_contains(backend, &server);
        }
    }
    let number = settings.decision_log.host_number.unwrap();
    assert_contains(&balancer, &format!("use-server host-{number} if {{ var(txn.record) -m end {number:02x} }}"));
}

#[test]
fn the_metrics_of_alerts_and_dashboard_are_ones_that_the_host_gives() {
    // What was never counted isn't in the text yet, so the names are those that are registered.
    let observability = root().join("host/ordinance-host/src/observability");
    let files =
        ["metrics.rs", "decision_metrics.rs", "caller_metrics.rs", "authority_metrics.rs", "objection_metrics.rs"];
    let sources = files.map(|file| fs::read_to_string(observability.join(file)).unwrap());
    let given: BTreeSet<String> = sources
        .iter()
        .flat_map(|source| source.split("registry.register(").skip(1))
        .filter_map(|rest| Some(format!("ordinance_{}", rest.split('"').nth(1)?)))
        .collect();
    let server = Server::start(plugins_rulebook(), "");
    let text_now = get(&format!("{}/metrics", server.operations), "").text;
    for name in text_now.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(given.contains(name), "{name}");
    }
    let alerts: Value = serde_yaml_ng::from_str(&text("alerts.yaml")).unwrap();
    let dashboard: Value = serde_json::from_str(&text("grafana.json")).unwrap();
    let rules = alerts["groups"][0]["rules"].as_array().unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
    let mut seen = 0;
    for asked in rules.iter().chain(targets) {
        let expression = asked["expr"].as_str().unwrap();
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| word.starts_with("ordinance_")) {
            let name =
                ["_total", "_bucket", "_sum", "_count"].iter().fold(word, |name, end| name.trim_end_matches(end));
            assert!(given.contains(name), "`{word}` of `{expression}` is none of {given:?}");
            seen += 1;
        }
    }
    assert!(seen > 20);
    assert!(rules.len() >= 8);
}
