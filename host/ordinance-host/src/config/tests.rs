//! The settings of a host: what is read, and what is refused.

use super::*;

#[test]
fn the_documented_file_holds_every_key_with_its_default() {
    let written = HostConfig::parse("host.toml", include_str!("../../host.toml")).unwrap();
    assert_eq!(format!("{written:?}"), format!("{:?}", HostConfig::default()));
}

#[test]
fn the_examples_of_the_documented_file_are_settings() {
    let uncomment = |line: &'static str| match line.strip_prefix('#') {
        Some(example) if !example.starts_with(' ') => example,
        _ => line,
    };
    let text: Vec<&str> = include_str!("../../host.toml").lines().map(uncomment).collect();
    let config = HostConfig::parse("host.toml", &text.join("\n")).unwrap();
    assert_eq!(config.callers.len(), 1);
    let HostConfig { tls, jwt, privacy, listen, operations, decision_log, .. } = config;
    assert_eq!([decision_log.name.is_some(), decision_log.key.is_some()], [true; 2]);
    assert_eq!([tls.is_some(), jwt.is_some(), operations.token.is_some()], [true; 3]);
    assert_eq!([privacy.pseudonym_key.is_some(), listen.public_url.is_some()], [true; 2]);
}

#[test]
fn a_number_that_would_make_a_dead_host_is_refused() {
    for settings in ["[rules]\nfuel = 0", "[http]\nconnections-max = 9223372036854775807", "[rules]\nmemory-bytes = 1"]
    {
        let error = HostConfig::parse("host.toml", settings).and_then(HostConfig::validate).unwrap_err().to_string();
        assert!(error.contains("a number from"), "{error}");
    }
    assert!(HostConfig::default().validate().is_ok());
}

#[test]
fn a_name_that_no_log_can_have_and_a_key_in_the_log_itself_are_refused() {
    let refusal = |settings: &str| {
        let settings = format!("[decision-log]\n{settings}\n");
        HostConfig::parse("host.toml", &settings).and_then(HostConfig::validate).unwrap_err().to_string()
    };
    assert_eq!(refusal("name = \"our log\""), "`decision-log.name` is none");
    let same = refusal("path = \"log\"\nkey = \"log\"");
    assert_eq!(same, "`decision-log.key` is the file of `decision-log.path`; name another file");
}

#[test]
fn a_wrong_key_is_pointed_at() {
    let error = HostConfig::parse("host.toml", "[http]\nbody-bytes = 1\n").unwrap_err().to_string();
    assert!(error.starts_with("host.toml:2:1: unknown field `body-bytes`"), "{error}");
}
