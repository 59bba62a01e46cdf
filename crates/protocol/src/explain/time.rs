//! Time in a sentence: spans, moments, windows, runs and schedule lines.

use super::{Lang, Teller, say};
use crate::model::Run;
use crate::scalar::{
    Anchor, Cadence, CollectEnd, Duty, Interval, Line, LineKind, LinePart, Moment, PhaseEnd, RunFor, Span,
    SpanUnit, Within,
};

impl Teller<'_> {
    /// `2 weeks`, `2 周`.
    pub(crate) fn span(&self, span: &Span) -> String {
        match self.lang {
            Lang::En => span.to_string(),
            Lang::Zh => format!("{} {}", span.number(), self.measure(span.unit())),
        }
    }

    fn measure(&self, unit: SpanUnit) -> &'static str {
        match unit {
            SpanUnit::Minute => "分钟",
            SpanUnit::Hour => "小时",
            SpanUnit::Day => "天",
            SpanUnit::Week => "周",
            SpanUnit::Month => "个月",
            SpanUnit::Year => "年",
        }
    }

    pub(crate) fn interval(&self, every: &Interval) -> String {
        match (self.lang, every.is_range()) {
            (_, false) => self.span(&every.most()),
            (Lang::En, true) => format!("{} to {}", every.least().number(), every.most()),
            (Lang::Zh, true) => format!("{} 至 {}", every.least().number(), self.span(&every.most())),
        }
    }

    pub(crate) fn anchor(&self, anchor: &Anchor) -> String {
        let lang = self.lang;
        match anchor {
            Anchor::Event(event) => self.event(event),
            Anchor::Dose(number) => say!(lang, "dose {number}", "第 {number} 次给药"),
            Anchor::EachDose => say!(lang, "each dose", "每次给药"),
            Anchor::EndOfStudy => say!(lang, "the subject's end of study", "受试者研究结束"),
            Anchor::EndOfTrial => say!(lang, "the end of the trial", "试验结束"),
        }
    }

    pub(crate) fn moment(&self, moment: &Moment) -> String {
        let anchor = self.anchor(moment.anchor());
        let lang = self.lang;
        match moment {
            Moment::At(_) => anchor,
            Moment::After(span, _) => {
                let span = self.span(span);
                say!(lang, "{span} after {anchor}", "{anchor}后 {span}")
            }
            Moment::Before(span, _) => {
                let span = self.span(span);
                say!(lang, "{span} before {anchor}", "{anchor}前 {span}")
            }
        }
    }

    pub(crate) fn within(&self, within: &Within) -> String {
        let (lang, span, after) = (self.lang, self.span(&within.span), self.anchor(&within.after));
        say!(lang, "within {span} after {after}", "{after}后 {span}内")
    }

    pub(crate) fn phase_end(&self, end: &PhaseEnd) -> String {
        let lang = self.lang;
        match end {
            PhaseEnd::Lasting(span) => {
                let span = self.span(span);
                say!(lang, "{span} after it opened", "开始后 {span}")
            }
            PhaseEnd::Moment(moment) => self.moment(moment),
        }
    }

    pub(crate) fn collect_end(&self, end: &CollectEnd) -> String {
        let lang = self.lang;
        match end {
            CollectEnd::NoEnd => say!(lang, "without end", "不设终点"),
            CollectEnd::End(end) => {
                let end = self.phase_end(end);
                say!(lang, "until {end}", "至{end}止")
            }
        }
    }

    /// A run in one clause: the condition, how long, and without what.
    pub(crate) fn run(&self, run: &Run) -> String {
        let lang = self.lang;
        let mut clause = self.condition(&run.when);
        match &run.lasts {
            Some(RunFor::ConsecutiveDays(days)) => {
                clause = say!(
                    lang,
                    "{clause}, on {days} consecutive days with a value on each",
                    "{clause}，连续 {days} 天且每天均有数值"
                );
            }
            Some(RunFor::Span(span)) => {
                let span = self.span(span);
                clause =
                    say!(lang, "{clause}, at every value over {span}", "{clause}，且 {span}内历次数值均如此");
            }
            None => {}
        }
        if run.bridge_one_day {
            clause = say!(lang, "{clause}, one missing day bridged", "{clause}，其间可缺一天数值");
        }
        if let Some(without) = &run.without {
            let event = self.event(&without.event);
            clause = match &without.lead {
                None => {
                    say!(lang, "{clause}, without {event} on any of these days", "{clause}，期间无{event}")
                }
                Some(span) => {
                    let span = self.span(span);
                    say!(
                        lang,
                        "{clause}, without {event} in the {span} before or meanwhile",
                        "{clause}，此前 {span}内及期间均无{event}"
                    )
                }
            };
        }
        clause
    }

    /// One line of the schedule as a clause.
    pub(crate) fn line(&self, line: &Line) -> String {
        let lang = self.lang;
        let clause = match &line.kind {
            LineKind::Once => say!(lang, "once", "一次"),
            LineKind::AsNeeded => say!(lang, "as needed", "按需"),
            LineKind::Per { least, most, cadence, part, .. } => {
                let often = self.often(*least, *most, cadence.number, cadence.unit);
                part.map_or(often.clone(), |part| self.part(&often, part))
            }
            LineKind::At { unit, points, after } => {
                let points: Vec<String> = points.iter().map(ToString::to_string).collect();
                let (points, measure) = (points.join(", "), self.measure(*unit));
                match after.as_ref().map(|anchor| self.anchor(anchor)) {
                    None => say!(
                        lang,
                        "at {unit} {points} from the opening of the phase",
                        "自本阶段开始起第 {points} {measure}"
                    ),
                    Some(anchor) => {
                        say!(lang, "at {unit} {points} after {anchor}", "{anchor}后第 {points} {measure}")
                    }
                }
            }
        };
        match line.duty {
            Duty::Due => clause,
            Duty::Optional => say!(lang, "{clause} (offered, never overdue)", "{clause}（可选，不计逾期）"),
            Duty::Waivable => {
                say!(lang, "{clause} (due; may be waived with a reason)", "{clause}（应做，可注明理由免除）")
            }
        }
    }

    fn often(&self, least: u32, most: Option<u32>, number: u32, unit: SpanUnit) -> String {
        let lang = self.lang;
        let times = match most {
            None => say!(lang, "at least {least}", "至少 {least}"),
            Some(most) => say!(lang, "{least} to {most}", " {least} 至 {most}"),
        };
        let measure = self.measure(unit);
        match number {
            1 => say!(lang, "{times} per {unit}", "每{measure}{times} 次"),
            number => say!(lang, "{times} per {number} {unit}s", "每 {number} {measure}{times} 次"),
        }
    }

    /// `per week`, `每周一次`.
    pub(crate) fn cadence(&self, cadence: &Cadence) -> String {
        match (self.lang, cadence.number) {
            (Lang::En, _) => cadence.to_string().replace('-', " "),
            (Lang::Zh, 1) => format!("每{}一次", self.measure(cadence.unit)),
            (Lang::Zh, number) => format!("每 {number} {}一次", self.measure(cadence.unit)),
        }
    }

    /// `every 6 hours`, `每 6 小时一次`.
    pub(crate) fn every(&self, every: &Interval) -> String {
        let span = self.interval(every);
        let single = !every.is_range() && every.most().number() == rust_decimal::Decimal::ONE;
        match (self.lang, single) {
            (Lang::En, true) => format!("every {}", every.most().unit()),
            (Lang::En, false) => format!("every {span}"),
            (Lang::Zh, true) => format!("每{}一次", self.measure(every.most().unit())),
            (Lang::Zh, false) => format!("每 {span}一次"),
        }
    }

    fn part(&self, often: &str, part: LinePart) -> String {
        let lang = self.lang;
        match part {
            LinePart::In { unit, first, last: None } => {
                let measure = self.measure(unit);
                say!(lang, "{often} in {unit} {first}", "第 {first} {measure}内{often}")
            }
            LinePart::In { unit, first, last: Some(last) } => {
                let measure = self.measure(unit);
                say!(
                    lang,
                    "{often} in {unit}s {first} to {last}",
                    "第 {first} 至第 {last} {measure}内{often}"
                )
            }
            LinePart::From { unit, first } => {
                let measure = self.measure(unit);
                say!(lang, "{often} from {unit} {first} on", "自第 {first} {measure}起{often}")
            }
        }
    }
}
