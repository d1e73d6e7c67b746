//! Numbers with their units, and days and moments, as people write them in each language.

use jiff::civil::Date;
use ordinance_domain::calendar::{TimeZone, Timestamp};
use ordinance_domain::unit::{Measure, Thing, Time, Unit};

use super::language::ReadingLanguage;

/// The names of currencies that people write rather than their code.
const CURRENCIES: [(&str, &str); 5] =
    [("CNY", "元"), ("EUR", "欧元"), ("GBP", "英镑"), ("HKD", "港元"), ("USD", "美元")];

/// A number with its unit: `150.00 CNY per month`, `每月150.00元`. A number of years may be an age.
pub(super) fn quantity(language: ReadingLanguage, number: &str, unit: Option<&Unit>, is_age: bool) -> String {
    let Some(unit) = unit else { return number.to_owned() };
    match language {
        ReadingLanguage::En if matches!(unit.measure, Measure::Percent { .. }) => format!("{number}{unit}"),
        ReadingLanguage::En => format!("{number} {unit}"),
        ReadingLanguage::Zh => quantity_zh(number, unit, is_age),
    }
}

fn quantity_zh(number: &str, unit: &Unit, is_age: bool) -> String {
    let per_thing = unit.thing.map_or_else(String::new, |thing| format!("每{}", thing_zh(thing)));
    let per_time = unit.period.as_ref().map_or_else(String::new, |period| match &period.kind {
        Some(kind) => format!("每{}（{kind}）", period_zh(period.time)),
        None => format!("每{}", period_zh(period.time)),
    });
    let measured = match &unit.measure {
        Measure::Currency(code) => {
            let name = CURRENCIES.iter().find(|(known, _)| known == code).map(|(_, name)| *name);
            name.map_or_else(|| format!("{number} {code}"), |name| format!("{number}{name}"))
        }
        Measure::Percent { of: None } => format!("{number}%"),
        Measure::Percent { of: Some(of) } => format!("{of}的{number}%"),
        Measure::Time(Time::Years) if is_age => format!("{number}岁"),
        Measure::Time(time) => format!("{number}{}", duration_zh(*time)),
        Measure::Count(thing) => format!("{number}{}", thing_zh(*thing)),
    };
    format!("{per_thing}{per_time}{measured}")
}

fn thing_zh(thing: Thing) -> &'static str {
    match thing {
        Thing::Persons => "人",
        Thing::Children => "名儿童",
        Thing::Households => "户",
        Thing::Dwellings => "套住房",
        Thing::Rooms => "间",
        Thing::Vehicles => "辆车",
        Thing::Animals => "头",
        Thing::Times => "次",
        Thing::Points => "分",
        Thing::SquareMetres => "平方米",
        Thing::CubicMetres => "立方米",
        Thing::Hectares => "公顷",
        Thing::Mu => "亩",
        Thing::Kilometres => "公里",
        Thing::Metres => "米",
        Thing::Kilograms => "千克",
        Thing::Tonnes => "吨",
        Thing::Litres => "升",
        Thing::KilowattHours => "千瓦时",
    }
}

fn duration_zh(time: Time) -> &'static str {
    match time {
        Time::Hours => "小时",
        Time::Days => "天",
        Time::Weeks => "周",
        Time::Months => "个月",
        Time::Quarters => "个季度",
        Time::HalfYears => "个半年",
        Time::Years => "年",
    }
}

fn period_zh(time: Time) -> &'static str {
    match time {
        Time::Hours => "小时",
        Time::Days => "日",
        Time::Weeks => "周",
        Time::Months => "月",
        Time::Quarters => "季度",
        Time::HalfYears => "半年",
        Time::Years => "年",
    }
}

/// A day: `1 March 2026`, `2026年3月1日`; the text itself if it is no day.
pub(super) fn day(language: ReadingLanguage, text: &str) -> String {
    match text.parse::<Date>() {
        Ok(day) if text.len() == "2026-03-01".len() => written_day(language, day),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

fn written_day(language: ReadingLanguage, day: Date) -> String {
    match language {
        ReadingLanguage::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        ReadingLanguage::En => day.strftime("%-d %B %Y").to_string(),
    }
}

/// A moment with the zone whose clock it is by: `30 November 2026, 13:55:42, Asia/Shanghai (UTC+8)`.
pub(super) fn moment(language: ReadingLanguage, moment: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(moment);
    let day = written_day(language, local.date());
    let time = format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second());
    let when = language.pick(format!("{day} {time}"), format!("{day}, {time}"));
    let offset = offset_words(zone.to_offset(moment).seconds());
    match zone.iana_name().filter(|name| *name != "UTC") {
        None => format!("{when} {offset}"),
        Some("Asia/Shanghai") if language == ReadingLanguage::Zh => format!("{when} 北京时间（{offset}）"),
        Some(name) => language.pick(format!("{when} {name}（{offset}）"), format!("{when}, {name} ({offset})")),
    }
}

/// The same of a text of RFC 3339; the text itself if it is none.
pub(super) fn moment_of(language: ReadingLanguage, text: &str, zone: &TimeZone) -> String {
    text.parse::<Timestamp>().map_or_else(|_| text.to_owned(), |time| moment(language, time, zone))
}

/// `UTC`, `UTC+8`, `UTC-3:30`.
fn offset_words(seconds: i32) -> String {
    let minutes = seconds.abs() / 60;
    let sign = if seconds < 0 { '-' } else { '+' };
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::is_han;
    use super::*;

    fn both(number: &str, unit: &str, is_age: bool) -> [String; 2] {
        let unit = Unit::parse(unit).unwrap();
        [ReadingLanguage::En, ReadingLanguage::Zh].map(|language| quantity(language, number, Some(&unit), is_age))
    }

    #[test]
    fn a_number_stands_with_its_unit_as_people_write_it() {
        assert_eq!(both("150.00", "CNY per month", false), ["150.00 CNY per month", "每月150.00元"]);
        assert_eq!(both("9", "CHF per person per tax year", false)[1], "每人每年（tax）9 CHF");
        assert_eq!(both("80", "years", true), ["80 years", "80岁"]);
        assert_eq!(both("5", "years", false)[1], "5年");
        assert_eq!(both("12.5", "%", false), ["12.5%", "12.5%"]);
        assert_eq!(both("3", "persons", false)[1], "3人");
        assert_eq!(quantity(ReadingLanguage::En, "3", None, false), "3");
    }

    #[test]
    fn every_unit_has_chinese_words() {
        let words = Thing::ALL.iter().map(|thing| thing_zh(*thing));
        let words = words.chain(Time::ALL.iter().flat_map(|time| [duration_zh(*time), period_zh(*time)]));
        words.for_each(|word| assert!(word.chars().all(is_han), "{word}"));
    }

    #[test]
    fn days_and_moments_are_written_with_the_zone() {
        assert_eq!(day(ReadingLanguage::En, "2026-03-01"), "1 March 2026");
        assert_eq!(day(ReadingLanguage::Zh, "2026-03-01"), "2026年3月1日");
        assert_eq!(day(ReadingLanguage::En, "soon"), "soon");
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let written = |language, zone| moment_of(language, "2026-11-30T23:55:42.19Z", zone);
        assert_eq!(written(ReadingLanguage::En, &shanghai), "1 December 2026, 07:55:42, Asia/Shanghai (UTC+8)");
        assert_eq!(written(ReadingLanguage::Zh, &shanghai), "2026年12月1日 07:55:42 北京时间（UTC+8）");
        assert_eq!(written(ReadingLanguage::Zh, &kolkata), "2026年12月1日 05:25:42 Asia/Kolkata（UTC+5:30）");
        assert_eq!(written(ReadingLanguage::En, &TimeZone::UTC), "30 November 2026, 23:55:42 UTC");
    }
}
