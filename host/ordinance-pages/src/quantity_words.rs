//! Numbers with their units, and days and moments, as people write them in each language.

use jiff::civil::Date;
use ordinance_domain::calendar::{TimeZone, Timestamp};
use ordinance_domain::unit::{Measure, Thing, Time, Unit};

use crate::language::ReadingLanguage;

/// The names of currencies that people write rather than their code: Chinese, English.
const CURRENCIES: [(&str, &str, &str); 6] = [
    ("CNY", "元", "yuan"),
    ("EUR", "欧元", "euros"),
    ("GBP", "英镑", "pounds"),
    ("HKD", "港元", "Hong Kong dollars"),
    ("NZD", "新西兰元", "New Zealand dollars"),
    ("USD", "美元", "US dollars"),
];

/// A number with its unit: `150.00 yuan a month`, `每月150.00元`. A number of years may be an age.
#[must_use]
pub fn quantity(language: ReadingLanguage, number: &str, unit: Option<&Unit>, is_age: bool) -> String {
    let Some(unit) = unit else { return number.to_owned() };
    match language {
        ReadingLanguage::En => quantity_en(number, unit),
        ReadingLanguage::Zh => quantity_zh(number, unit, is_age),
    }
}

/// In what a number stands, as a label beside a field to fill in: `yuan a month`, `元/月`.
#[must_use]
pub fn unit_label(language: ReadingLanguage, unit: &Unit) -> String {
    match language {
        ReadingLanguage::En => quantity_en("", unit).trim_start().to_owned(),
        ReadingLanguage::Zh => {
            let thing = unit.thing.map(|thing| format!("/{}", thing_zh(thing)));
            let period = unit.period.as_ref().map(|period| format!("/{}", period_zh(period.time)));
            let measured = measured_zh("", unit, false);
            let measured = measured.trim_start().trim_start_matches('个');
            format!("{measured}{}{}", thing.unwrap_or_default(), period.unwrap_or_default())
        }
    }
}

fn quantity_en(number: &str, unit: &Unit) -> String {
    let is_one = number == "1";
    let measured = match &unit.measure {
        Measure::Currency(code) => {
            let name = CURRENCIES.iter().find(|(known, _, _)| known == code).map(|(_, _, name)| *name);
            format!("{number} {}", name.unwrap_or(code))
        }
        Measure::Percent { of: None } => format!("{number}%"),
        Measure::Percent { of: Some(of) } => format!("{number}% of {of}"),
        Measure::Time(time) => format!("{number} {}", if is_one { time.singular() } else { time.as_str() }),
        Measure::Count(thing) => format!("{number} {}", if is_one { thing.singular() } else { thing.as_str() }),
    };
    let per_time = unit.period.as_ref().map_or_else(String::new, |period| {
        let period = period.to_string();
        let article = if period.starts_with(['a', 'e', 'i', 'o']) || period == "hour" { "an" } else { "a" };
        format!(" {article} {period}")
    });
    let per_thing = unit.thing.map_or_else(String::new, |thing| format!(" for each {}", thing.singular()));
    format!("{measured}{per_time}{per_thing}")
}

fn quantity_zh(number: &str, unit: &Unit, is_age: bool) -> String {
    let per_thing = unit.thing.map_or_else(String::new, |thing| format!("每{}", thing_zh(thing)));
    let per_time = unit.period.as_ref().map_or_else(String::new, |period| match &period.kind {
        Some(kind) => format!("每{}（{kind}）", period_zh(period.time)),
        None => format!("每{}", period_zh(period.time)),
    });
    format!("{per_thing}{per_time}{}", measured_zh(number, unit, is_age))
}

fn measured_zh(number: &str, unit: &Unit, is_age: bool) -> String {
    match &unit.measure {
        Measure::Currency(code) => {
            let name = CURRENCIES.iter().find(|(known, _, _)| known == code).map(|(_, name, _)| *name);
            name.map_or_else(|| format!("{number} {code}"), |name| format!("{number}{name}"))
        }
        Measure::Percent { of: None } => format!("{number}%"),
        Measure::Percent { of: Some(of) } => format!("{of}的{number}%"),
        Measure::Time(Time::Years) if is_age => format!("{number}岁"),
        Measure::Time(time) => format!("{number}{}", duration_zh(*time)),
        Measure::Count(thing) => format!("{number}{}", thing_zh(*thing)),
    }
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
#[must_use]
pub fn day(language: ReadingLanguage, text: &str) -> String {
    match text.parse::<Date>() {
        Ok(day) if text.len() == "2026-03-01".len() => written_day(language, day),
        Ok(_) | Err(_) => text.to_owned(),
    }
}

/// A day in words.
#[must_use]
pub fn written_day(language: ReadingLanguage, day: Date) -> String {
    match language {
        ReadingLanguage::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        ReadingLanguage::En => day.strftime("%-d %B %Y").to_string(),
    }
}

/// A moment with the zone whose clock it is by: `30 November 2026, 13:55:42, Asia/Shanghai (UTC+8)`.
#[must_use]
pub fn moment(language: ReadingLanguage, moment: Timestamp, zone: &TimeZone) -> String {
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
#[must_use]
pub fn moment_of(language: ReadingLanguage, text: &str, zone: &TimeZone) -> String {
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
    use super::*;
    use crate::words::is_han;

    fn both(number: &str, unit: &str, is_age: bool) -> [String; 2] {
        let unit = Unit::parse(unit).unwrap();
        [ReadingLanguage::En, ReadingLanguage::Zh].map(|language| quantity(language, number, Some(&unit), is_age))
    }

    #[test]
    fn a_number_stands_with_its_unit_as_people_write_it() {
        assert_eq!(both("150.00", "CNY per month", false), ["150.00 yuan a month", "每月150.00元"]);
        assert_eq!(both("150.00", "USD per person per month", false)[0], "150.00 US dollars a month for each person");
        assert_eq!(both("9", "EUR per hour", false)[0], "9 euros an hour");
        assert_eq!(both("9", "CHF per person per tax year", false)[1], "每人每年（tax）9 CHF");
        assert_eq!(both("80", "years", true), ["80 years", "80岁"]);
        assert_eq!(both("5", "years", false)[1], "5年");
        assert_eq!(both("12.5", "%", false), ["12.5%", "12.5%"]);
        assert_eq!(both("3", "persons", false)[1], "3人");
        assert_eq!(both("1", "years", false)[0], "1 year");
        assert_eq!(quantity(ReadingLanguage::En, "3", None, false), "3");
        let label = |unit: &str| ReadingLanguage::ALL.map(|language| unit_label(language, &Unit::parse(unit).unwrap()));
        assert_eq!(label("CNY per month"), ["元/月", "yuan a month"]);
        assert_eq!(label("months"), ["月", "months"]);
        assert_eq!(label("%"), ["%", "%"]);
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
