//! How things are said, as tables: one line is one thing in both languages.

use super::*;
use Language::{En, ZhCn};

/// Rows: V13
#[test]
fn numbers() {
    for (n, english, mandarin) in [
        (0, "zero", "零"),
        (2, "two", "二"),
        (10, "ten", "十"),
        (12, "twelve", "十二"),
        (20, "twenty", "二十"),
        (21, "twenty-one", "二十一"),
        (100, "one hundred", "一百"),
        (102, "one hundred two", "一百零二"),
        (110, "one hundred ten", "一百一十"),
        (200, "two hundred", "两百"),
        (222, "two hundred twenty-two", "两百二十二"),
        (1_001, "one thousand one", "一千零一"),
        (1_010, "one thousand ten", "一千零一十"),
        (1_200, "one thousand two hundred", "一千二百"),
        (2_002, "two thousand two", "两千零二"),
        (10_000, "ten thousand", "一万"),
        (10_500, "ten thousand five hundred", "一万零五百"),
        (20_000, "twenty thousand", "两万"),
        (22_000, "twenty-two thousand", "两万二千"),
        (100_010, "one hundred thousand ten", "十万零一十"),
        (101_000, "one hundred one thousand", "十万一千"),
        (120_000, "one hundred twenty thousand", "十二万"),
        (2_000_000, "two million", "两百万"),
        (200_000_000, "two hundred million", "两亿"),
        (300_020_000, "three hundred million twenty thousand", "三亿零二万"),
        (1_000_000_000_000, "one trillion", "一万亿"),
        (-7, "minus seven", "负七"),
    ] {
        assert_eq!(En.cardinal(n), english);
        assert_eq!(ZhCn.cardinal(n), mandarin, "{n}");
    }
    assert_eq!((ZhCn.count(2), ZhCn.count(12), En.count(2)), ("两".into(), "十二".into(), "two".into()));
    // No number is too long to be said.
    for n in [i64::MIN, i64::MAX] {
        assert!(En.cardinal(n).contains("nine quintillion"));
        assert!(ZhCn.cardinal(n).contains("九百二十二亿"));
    }
}

/// Rows: V13
#[test]
fn ordinals_decimals_and_percentages() {
    for (n, english, mandarin) in [
        (1, "first", "第一"),
        (2, "second", "第二"),
        (3, "third", "第三"),
        (5, "fifth", "第五"),
        (8, "eighth", "第八"),
        (9, "ninth", "第九"),
        (12, "twelfth", "第十二"),
        (20, "twentieth", "第二十"),
        (21, "twenty-first", "第二十一"),
        (100, "one hundredth", "第一百"),
        (112, "one hundred twelfth", "第一百一十二"),
    ] {
        assert_eq!((En.ordinal(n), ZhCn.ordinal(n)), (english.to_owned(), mandarin.to_owned()));
    }
    for (text, english, mandarin) in [
        ("3.50", "three point five zero", "三点五零"),
        ("-0.5", "minus zero point five", "负零点五"),
        ("2.5", "two point five", "二点五"),
        ("7", "seven", "七"),
        (".5", "zero point five", "零点五"),
        ("", "zero", "零"),
    ] {
        assert_eq!((En.decimal(text), ZhCn.decimal(text)), (english.to_owned(), mandarin.to_owned()), "{text}");
    }
    assert_eq!(
        (En.percent("12.5"), ZhCn.percent("12.5")),
        ("twelve point five percent".into(), "百分之十二点五".into())
    );
}

/// Rows: V13
#[test]
fn order_and_telephone_numbers() {
    for (text, english, mandarin) in [
        ("10023", "one zero zero two three", "一零零二三"),
        ("AB12", "A B one two", "A B 一二"),
        ("rd-2026-1", "R D, two zero two six, one", "R D，二零二六，一"),
    ] {
        assert_eq!((En.digits(text), ZhCn.digits(text)), (english.to_owned(), mandarin.to_owned()));
    }
    for (text, english, mandarin) in [
        ("13800138000", "one three eight, zero zero one three, eight zero zero zero", "幺三八，零零幺三，八零零零"),
        ("+86 10 6552", "plus eight six, one zero, six five five two", "加八六，幺零，六五五二"),
        ("5551234", "five five five, one two three four", "五五五，幺二三四"),
        ("(555) 123-4567", "five five five, one two three, four five six seven", "五五五，幺二三，四五六七"),
        ("110", "one one zero", "幺幺零"),
    ] {
        assert_eq!((En.phone(text), ZhCn.phone(text)), (english.to_owned(), mandarin.to_owned()));
    }
}

/// Rows: V13
#[test]
fn times() {
    for ((hour, minute), english, mandarin) in [
        ((0, 0), "midnight", "凌晨零点"),
        ((0, 30), "twelve thirty AM", "凌晨零点三十分"),
        ((2, 2), "two oh two AM", "凌晨两点零二分"),
        ((8, 15), "eight fifteen AM", "早上八点十五分"),
        ((9, 0), "nine AM", "上午九点"),
        ((12, 0), "noon", "中午十二点"),
        ((12, 5), "twelve oh five PM", "中午十二点零五分"),
        ((14, 30), "two thirty PM", "下午两点三十分"),
        ((22, 20), "ten twenty PM", "晚上十点二十分"),
    ] {
        let time = Time::new(hour, minute).unwrap();
        assert_eq!((En.time(time), ZhCn.time(time)), (english.to_owned(), mandarin.to_owned()));
    }
    assert_eq!(Time::new(24, 0), None);
    assert_eq!(Time::new(9, 60), None);
}

/// Rows: V13
#[test]
fn dates() {
    for ((year, month, day), english, mandarin) in [
        ((2026, 11, 21), "November twenty-first, twenty twenty-six", "二零二六年十一月二十一日"),
        ((2000, 2, 29), "February twenty-ninth, two thousand", "二零零零年二月二十九日"),
        ((2005, 1, 2), "January second, two thousand five", "二零零五年一月二日"),
        ((1905, 10, 10), "October tenth, nineteen oh five", "一九零五年十月十日"),
        ((1900, 12, 30), "December thirtieth, nineteen hundred", "一九零零年十二月三十日"),
    ] {
        let date = Date::new(year, month, day).unwrap();
        assert_eq!((En.date(date), ZhCn.date(date)), (english.to_owned(), mandarin.to_owned()));
    }
    for (year, month, day) in [(2025, 2, 29), (1900, 2, 29), (2026, 13, 1), (2026, 4, 31), (2026, 1, 0), (0, 1, 1)] {
        assert_eq!(Date::new(year, month, day), None);
    }
}

/// Rows: V13
#[test]
fn durations() {
    for (seconds, english, mandarin) in [
        (0, "zero seconds", "零秒"),
        (1, "one second", "一秒"),
        (2, "two seconds", "两秒"),
        (60, "one minute", "一分钟"),
        (150, "two minutes and thirty seconds", "两分钟三十秒"),
        (7_500, "two hours and five minutes", "两小时五分钟"),
        (90_061, "one day, one hour, one minute and one second", "一天一小时一分钟一秒"),
        (172_800, "two days", "两天"),
    ] {
        let lasting = Duration::from_millis(seconds * 1_000 + 900);
        assert_eq!((En.duration(lasting), ZhCn.duration(lasting)), (english.to_owned(), mandarin.to_owned()));
    }
}

/// Rows: V13
#[test]
fn amounts() {
    for (minor, currency, english, mandarin) in [
        (0, Currency::Cny, "zero yuan", "零元"),
        (5, Currency::Cny, "five fen", "五分"),
        (20, Currency::Cny, "twenty fen", "两角"),
        (200, Currency::Cny, "two yuan", "两元"),
        (222, Currency::Cny, "two yuan and twenty-two fen", "两元二角二分"),
        (1_205, Currency::Cny, "twelve yuan and five fen", "十二元零五分"),
        (1_250, Currency::Cny, "twelve yuan and fifty fen", "十二元五角"),
        (20_000, Currency::Cny, "two hundred yuan", "两百元"),
        (100, Currency::Usd, "one dollar", "一美元"),
        (1_250, Currency::Usd, "twelve dollars and fifty cents", "十二美元五十美分"),
        (201, Currency::Eur, "two euros and one cent", "两欧元一欧分"),
        (101, Currency::Gbp, "one pound and one penny", "一英镑一便士"),
        (-350, Currency::Gbp, "minus three pounds and fifty pence", "负三英镑五十便士"),
    ] {
        assert_eq!((En.money(minor, currency), ZhCn.money(minor, currency)), (english.to_owned(), mandarin.to_owned()));
    }
    assert!(En.money(i64::MIN, Currency::Usd).starts_with("minus ninety-two quadrillion"));
    assert_eq!(Currency::parse("rmb"), Some(Currency::Cny));
    assert_eq!(Currency::parse("xau"), None);
}
