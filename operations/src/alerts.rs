//! Alert rules, the warnings they raise, and who has seen to them.

use crate::callbacks::reason_text;
use crate::desk::audited;
use crate::{OperationError, Operations};
use ringdesk_model::{AccountId, Actor, AgentId, AlertId, AlertRuleId, Pii, QueueId, Timestamp};
use ringdesk_reports::{AlertNews, AlertRule, Internal, Reading, Watched, Watching};
use ringdesk_routing::Floor;
use ringdesk_storage::alerts::{self, Alert, RuleRow};
use ringdesk_storage::outbox::{self, NewEvent};
use ringdesk_storage::{StoreError, Tx, callbacks, satisfaction};
use ringdesk_vault::AccountKey;
use std::collections::BTreeMap;
use std::time::Duration;

/// Of one account.
const RULES: usize = 100;
const PAGE: i64 = 200;
/// Rings that nobody answered are counted over so long, failed recordings over so long.
const NO_ANSWERS: Duration = Duration::from_secs(1_800);
const FAILED: Duration = Duration::from_secs(600);
const LOW_RATINGS: Duration = Duration::from_secs(1_800);

/// A rule with its name.
#[derive(Clone, Debug)]
pub struct NamedRule {
    pub id: AlertRuleId,
    pub name: String,
    pub rule: AlertRule,
    pub enabled: bool,
}

/// What an account begins with: name, metric, threshold, seconds that it must hold, cool-down.
const FIRST: &[(&str, Watched, f64, u32, u32)] = &[
    ("Trunk down", Watched::TrunkDown, 1.0, 10, 300),
    ("Recording failed", Watched::RecordingFailed, 1.0, 0, 600),
    ("All on a break", Watched::AllOnBreak, 1.0, 60, 600),
    ("Wrap-up too long", Watched::WrapUp, 300.0, 0, 600),
    ("Two rings unanswered", Watched::NoAnswers, 2.0, 0, 1_800),
    ("Disk fills up", Watched::DiskDays, 7.0, 0, 86_400),
    ("Long wait", Watched::LongestWait, 120.0, 0, 120),
    ("Callback overdue", Watched::CallbacksOverdue, 1.0, 0, 600),
];

impl Operations {
    pub async fn alert_rules(&self, account: AccountId) -> Result<Vec<NamedRule>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        alerts::rules(&mut tx, account).await?.into_iter().map(named).collect()
    }

    /// Those every account begins with, once.
    pub async fn first_alert_rules(&self, now: Timestamp, account: AccountId) -> Result<(), OperationError> {
        let (mut tx, _) = self.write(account).await?;
        if alerts::any_rule(&mut tx, account).await? {
            return Ok(());
        }
        for (name, metric, threshold, for_seconds, cool_down_seconds) in FIRST {
            let (metric, threshold) = (*metric, *threshold);
            let (for_seconds, cool_down_seconds) = (*for_seconds, *cool_down_seconds);
            let rule = AlertRule { metric, threshold, for_seconds, queue: None, cool_down_seconds };
            alerts::put_rule(&mut tx, account, &row(self.id(now), (*name).to_owned(), &rule, true)?).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Make a rule, or change the one of this id.
    pub async fn put_alert_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: Option<AlertRuleId>,
        name: &str,
        rule: &AlertRule,
        enabled: bool,
    ) -> Result<AlertRuleId, OperationError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
            return Err(OperationError::Invalid("a rule has a name of at most 64 characters".into()));
        }
        if !rule.threshold.is_finite() || rule.for_seconds > 86_400 || rule.cool_down_seconds > 7 * 86_400 {
            return Err(OperationError::Invalid("a threshold, at most a day, and at most a week of cool-down".into()));
        }
        let (mut tx, key) = self.write(account).await?;
        let all = alerts::rules(&mut tx, account).await?;
        let before = match id {
            Some(id) => Some(all.iter().find(|r| r.id == id).ok_or(OperationError::NotFound("alert rule"))?),
            None if all.len() >= RULES => return Err(OperationError::Invalid("at most 100 rules".into())),
            None => None,
        };
        if let Some(queue) = rule.queue
            && !ringdesk_storage::agents::queues(&mut tx, account).await?.iter().any(|q| q.id == queue)
        {
            return Err(OperationError::NotFound("queue"));
        }
        let row = row(id.unwrap_or_else(|| self.id(now)), name.to_owned(), rule, enabled)?;
        alerts::put_rule(&mut tx, account, &row).await.map_err(OperationError::taken("the name"))?;
        let (action, object) = match before {
            Some(_) => ("alert_rule.edit", format!("alert_rule:{}", row.id)),
            None => ("alert_rule.create", format!("alert_rule:{}", row.id)),
        };
        let had = before.map(|b| format!("{} {}", b.name, b.rule));
        let has = format!("{} {}", row.name, row.rule);
        audited(&mut tx, &key, now, actor, action, &object, had.as_deref(), Some(&has)).await?;
        tx.commit().await?;
        Ok(row.id)
    }

    pub async fn remove_alert_rule(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: AlertRuleId,
    ) -> Result<(), OperationError> {
        let (mut tx, key) = self.write(account).await?;
        if !alerts::remove_rule(&mut tx, account, id).await? {
            return Err(OperationError::NotFound("alert rule"));
        }
        audited(&mut tx, &key, now, actor, "alert_rule.remove", &format!("alert_rule:{id}"), None, None).await?;
        tx.commit().await?;
        Ok(())
    }

    /// `open`: those that have not ended, or that nobody has acknowledged.
    pub async fn alerts(
        &self,
        account: AccountId,
        open: bool,
        before: Option<AlertId>,
        limit: i64,
    ) -> Result<Vec<Alert>, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        Ok(alerts::list(&mut tx, account, open, before, limit.clamp(1, PAGE)).await?)
    }

    /// Somebody has seen it, and says what they do about it.
    pub async fn acknowledge_alert(
        &self,
        now: Timestamp,
        actor: &Actor,
        account: AccountId,
        id: AlertId,
        measure: &str,
    ) -> Result<(), OperationError> {
        let measure = reason_text(measure)?;
        let (mut tx, key) = self.write(account).await?;
        let by = match actor {
            Actor::User { user, .. } => Some(*user),
            _ => None,
        };
        if !alerts::acknowledge(&mut tx, now, account, id, by, &measure).await? {
            let known = alerts::list(&mut tx, account, false, None, PAGE).await?.iter().any(|a| a.id == id);
            return Err(if known { OperationError::Changed("the alert") } else { OperationError::NotFound("alert") });
        }
        audited(&mut tx, &key, now, actor, "alert.acknowledge", &format!("alert:{id}"), None, Some(&measure)).await?;
        let payload = serde_json::json!({ "alert": id, "by": by, "measure": measure });
        emit(&mut tx, &key, now, "alert_acknowledged", payload).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a server that starts is to go on watching.
    pub async fn watching(&self, account: AccountId) -> Result<Watching, OperationError> {
        let mut watching = Watching::default();
        for alert in self.alerts(account, true, None, PAGE).await?.into_iter().filter(|a| a.ended_at.is_none()) {
            watching.resume(alert.rule, alert.subject);
        }
        Ok(watching)
    }

    /// Look at everything that is watched; `outside`: what the rows and the floor do not tell. Gives how many warnings are
    /// new or over.
    pub async fn watch(
        &self,
        now: Timestamp,
        account: AccountId,
        watching: &mut Watching,
        floor: &Floor,
        outside: Vec<Reading>,
    ) -> Result<usize, OperationError> {
        let (mut tx, _) = self.read(account).await?;
        let rules: Vec<NamedRule> =
            alerts::rules(&mut tx, account).await?.into_iter().filter_map(|row| named(row).ok()).collect();
        let mut readings = outside;
        readings.extend(of_floor(now, floor));
        readings.extend(of_rows(&mut tx, account, now).await?);
        drop(tx);
        let laws: BTreeMap<AlertRuleId, AlertRule> =
            rules.iter().filter(|r| r.enabled).map(|r| (r.id, r.rule.clone())).collect();
        if laws.values().any(|rule| rule.metric == Watched::ServiceLevel) {
            let day = Timestamp(now.0.div_euclid(86_400_000_000) * 86_400_000_000);
            let figures = self.day_figures(now, account, day, Internal::Exclude).await?;
            readings.extend(figures.queues.iter().filter_map(|(queue, of)| {
                let value = *of.get(&ringdesk_reports::Metric::ServiceLevel)?;
                Some(of_queue(Watched::ServiceLevel, *queue, value))
            }));
        }
        let news = watching.look(now, &laws, &readings);
        if news.is_empty() {
            return Ok(0);
        }
        let (mut tx, key) = self.write(account).await?;
        for one in &news {
            self.keep_news(&mut tx, &key, now, &rules, one).await?;
        }
        tx.commit().await?;
        Ok(news.len())
    }

    async fn keep_news(
        &self,
        tx: &mut Tx,
        key: &AccountKey,
        now: Timestamp,
        rules: &[NamedRule],
        news: &AlertNews,
    ) -> Result<(), OperationError> {
        match news {
            AlertNews::Raised { rule, subject, value } => {
                let Some(of) = rules.iter().find(|r| r.id == *rule) else { return Ok(()) };
                let alert = Alert {
                    id: self.id(now),
                    rule: *rule,
                    name: of.name.clone(),
                    metric: of.rule.metric.as_str().to_owned(),
                    subject: subject.clone(),
                    value: value.to_string(),
                    raised_at: now,
                    ended_at: None,
                    acknowledged_at: None,
                    acknowledged_by: None,
                    measure: None,
                };
                alerts::raise(tx, key.account(), &alert).await?;
                let payload = serde_json::json!({
                    "alert": alert.id, "rule": rule, "title": alert.name, "metric": alert.metric, "subject": subject, "value": value
                });
                emit(tx, key, now, "alert_raised", payload).await?;
            }
            AlertNews::Ended { rule, subject } => {
                for id in alerts::end(tx, now, key.account(), *rule, subject).await? {
                    let payload = serde_json::json!({ "alert": id, "rule": rule, "subject": subject });
                    emit(tx, key, now, "alert_ended", payload).await?;
                }
            }
        }
        Ok(())
    }
}

async fn emit(
    tx: &mut Tx,
    key: &AccountKey,
    at: Timestamp,
    kind: &'static str,
    payload: serde_json::Value,
) -> Result<(), StoreError> {
    outbox::append(tx, key, &[NewEvent { at, kind, payload: Pii::new(payload) }]).await?;
    Ok(())
}

fn of_queue(metric: Watched, queue: QueueId, value: f64) -> Reading {
    Reading { metric, subject: format!("queue:{queue}"), queue: Some(queue), value }
}

fn of_agent(metric: Watched, agent: AgentId, value: f64) -> Reading {
    Reading { metric, subject: format!("agent:{agent}"), queue: None, value }
}

fn of_floor(now: Timestamp, floor: &Floor) -> Vec<Reading> {
    let mut readings = Vec::new();
    let texts = floor.texts_in_hand();
    for queue in &floor.queues {
        let count = |name: &str| queue.agents.get(name).copied().unwrap_or(0);
        let there: u32 = queue.agents.iter().filter(|(name, _)| **name != "logged_out").map(|(_, n)| n).sum();
        let waits = queue.longest_waiting_since.map_or(0.0, |since| now.since(since).as_secs_f64());
        let all_on_break = f64::from(u8::from(there > 0 && count("not_ready") == there));
        readings.push(of_queue(Watched::Waiting, queue.queue, queue.waiting.into()));
        readings.push(of_queue(Watched::LongestWait, queue.queue, waits.floor()));
        readings.push(of_queue(Watched::Ready, queue.queue, count("ready").into()));
        readings.push(of_queue(Watched::AllOnBreak, queue.queue, all_on_break));
        let in_hand = texts.get(&queue.queue).copied().unwrap_or(0);
        readings.push(of_queue(Watched::TextsInHand, queue.queue, in_hand.into()));
    }
    for agent in floor.agents.iter().filter(|a| a.presence == ringdesk_model::Presence::WrapUp) {
        readings.push(of_agent(Watched::WrapUp, agent.agent, now.since(agent.since).as_secs_f64().floor()));
    }
    readings
}

async fn of_rows(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<Vec<Reading>, OperationError> {
    let ago = |time: Duration| Timestamp(now.0 - i64::try_from(time.as_micros()).unwrap_or(0));
    let mut readings = Vec::new();
    for (agent, n) in alerts::no_answers(tx, account, ago(NO_ANSWERS)).await? {
        readings.push(of_agent(Watched::NoAnswers, agent, n as f64));
    }
    for (queue, _, overdue) in callbacks::open_by_queue(tx, account, now).await? {
        readings.push(of_queue(Watched::CallbacksOverdue, queue, overdue as f64));
    }
    let failed = alerts::recordings_failed(tx, account, ago(FAILED)).await?;
    readings.push(Reading {
        metric: Watched::RecordingFailed,
        subject: "house".into(),
        queue: None,
        value: failed as f64,
    });
    let low = satisfaction::low(tx, account, ago(LOW_RATINGS)).await?;
    readings.push(Reading { metric: Watched::LowRatings, subject: "house".into(), queue: None, value: low as f64 });
    Ok(readings)
}

fn named(row: RuleRow) -> Result<NamedRule, OperationError> {
    let rule = serde_json::from_str(&row.rule)
        .map_err(|why| StoreError::Unreadable { what: "an alert rule", why: why.to_string() })?;
    Ok(NamedRule { id: row.id, name: row.name, rule, enabled: !row.disabled })
}

fn row(id: AlertRuleId, name: String, rule: &AlertRule, enabled: bool) -> Result<RuleRow, OperationError> {
    let rule = serde_json::to_string(rule).map_err(|_| OperationError::Internal("a rule could not be written"))?;
    Ok(RuleRow { id, name, rule, disabled: !enabled })
}
