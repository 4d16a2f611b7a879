/** The tables and columns of the four systems that Sluice unites: each must have its row in docs/seeds.md. */

export const SEED_COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  RationalMarkets: {
    users: [
      'id phone_number email full_name created_at updated_at last_login is_active is_verified',
      'verification_code verification_expires_at preferences',
    ].join(' '),
    securities: [
      'id ticker name security_type exchange currency country sector industry description',
      'current_price market_cap volume avg_volume pe_ratio ps_ratio pb_ratio ev_ebitda dividend_yield',
      'fifty_two_week_high fifty_two_week_low is_active last_updated data_source created_at updated_at',
    ].join(' '),
    trades: [
      'id user_id trade_name trade_description status ai_rationale recommendation risk_level return_1m',
      'return_3m return_6m return_1y return_3y created_at updated_at analyzed_at activated_at',
      'closed_at',
    ].join(' '),
    positions: [
      'id trade_id security_id position_type security_type allocation_percent rationale quantity',
      'entry_price current_price market_value unrealized_pnl status created_at updated_at opened_at',
      'closed_at',
    ].join(' '),
    portfolios: [
      'id user_id name broker broker_account_id currency total_value cash_balance equity_value',
      'total_return day_return is_active is_connected last_synced_at created_at updated_at',
    ].join(' '),
    portfolio_holdings: [
      'id portfolio_id security_id quantity average_entry_price current_price market_value cost_basis',
      'unrealized_pnl unrealized_pnl_percent side created_at updated_at last_synced_at',
    ].join(' '),
    price_history: 'id security_id date open high low close volume data_source created_at',
    broker_connections: [
      'id user_id portfolio_id broker broker_account_id api_key_encrypted api_secret_encrypted',
      'access_token_encrypted is_active is_connected last_connected_at last_sync_at can_read can_trade',
      'created_at updated_at',
    ].join(' '),
  },
  Stack: {
    users: 'id auth_provider_id email phone_number kyc_status passcode_hash created_at updated_at',
    wallets: 'id user_id chain address circle_wallet_id status created_at updated_at',
    deposits: [
      'id user_id wallet_id chain tx_hash token amount_stablecoin status confirmed_at',
      'off_ramp_initiated_at off_ramp_completed_at broker_funded_at failure_reason created_at',
      'updated_at',
    ].join(' '),
    withdrawals: [
      'id user_id amount_usd target_chain target_address status broker_withdrawal_ref',
      'circle_on_ramp_ref circle_transfer_ref tx_hash failure_reason created_at updated_at',
    ].join(' '),
    balances: 'user_id buying_power_usd pending_broker_deposits_usd updated_at',
    baskets: 'id name description risk_level composition_json is_active created_at updated_at',
    orders: [
      'id user_id basket_id asset_type option_details_json side amount_usd status Alpaca_order_ref',
      'failure_reason created_at updated_at',
    ].join(' '),
    positions_cache: 'user_id symbol quantity average_price market_value asset_type last_updated_at',
    ai_summaries: 'id user_id week_start_date summary_markdown generated_at',
  },
  Stocker: {
    Users: 'email user_id name password_hash role status created_at updated_at last_login',
    Portfolios: [
      'user_id portfolio_id total_value cash_available total_gain_loss total_gain_loss_percent',
      'total_cost_basis created_at updated_at',
    ].join(' '),
    Holdings: [
      'user_id symbol shares avg_cost current_price market_value gain_loss gain_loss_percent',
      'company_name added_at updated_at',
    ].join(' '),
    Transactions:
      'user_id transaction_id symbol action shares price total status order_type created_at settled_at',
    StockCache: [
      'symbol company_name current_price open_price high_price low_price volume market_cap pe_ratio',
      'updated_at ttl',
    ].join(' '),
    AdminSettings: 'setting_key setting_value updated_by updated_at',
  },
  Vaultra: {
    users: 'id email hashed_password name avatar_url created_at updated_at',
    businesses: 'id name legal_entity industry revenue_estimate founded_at created_at updated_at',
    user_business_memberships: 'user_id business_id role created_at',
    integration_accounts: [
      'id business_id provider external_id access_token_encrypted metadata status last_synced_at',
      'created_at updated_at',
    ].join(' '),
    stripe_events: 'id integration_id stripe_event_id event_type payload processed_at created_at',
    financial_metric_snapshots: [
      'id business_id period_start period_end revenue_total revenue_volatility chargeback_count',
      'chargeback_ratio refund_count refund_ratio mrr metrics_json created_at',
    ].join(' '),
    readiness_scores: 'id business_id score tier components created_at',
    recommendations: [
      'id business_id title description priority category status metric_refs estimated_impact',
      'created_at updated_at',
    ].join(' '),
    agent_conversations: 'id business_id user_id created_at updated_at',
    agent_messages: 'id conversation_id role content created_at',
  },
};
