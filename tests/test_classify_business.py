"""Verbs with a business sense: what changes a record, moves money, or is for good."""

import pytest

from threatmodel.classify.classify import load_class_rules, read_tool
from threatmodel.description.agent import Tool

DEFINED = """
Write       add_tracks_to_playlist     Add one or more tracks to a playlist
Write       queue_track                Adds a track to the play queue
Destructive delete_meeting             Deletes a scheduled meeting
Write       complete_task              Mark a Todoist task as complete
Read        download_figma_images      Download SVG and PNG images used in the Figma file
Write       pin_message                Pin a message in a chat
Write       send_sms                   Send an SMS via Twilio
Read        get_activity_streams       Retrieves detailed activity streams for a Strava activity
Read        get_video_transcript       Get the transcript of a YouTube video
Execute     run_project                Runs the Godot project and captures output
Write       create_scene               Creates a new Godot scene file
Write       unsuspend_user             Return a suspended user to ACTIVE.
Write       unreject_application       Takes back a rejection.
Write       default-return-address-set Sets the address returns and undeliverable parcels go to.
Destructive confirm_delete_group       Confirm and execute group deletion after asking.
Write       create_booking             Book an appointment at the salon.
Financial   create_table_booking       Book a hotel room for the guest.
Read        resolve_date               Turn a spoken date phrase into a calendar date.
Write       resolve_issue              Resolve an issue.
Financial   movePortfolioFunds         Move funds between portfolios.
Financial   commitConvertTrade         Commits a convert trade with a trade ID.
Write       herdbook-report            Reports births to the national cattle database.
Write       gate_count                 Enters the count of a gate in the visitor book.
Write       Verify--CreateVerification Create a new verification using a service
Write       clip_trim                  Set in and out points of a clip (non-destructive).
Write       return_to_service          Normal mode again after a check.
Read        return_status              Returns the status of a job to the caller.
Write       connect_loom               Connect to a loom on the network.
Write       disconnect_loom            Close the connection to a loom.
Read        check_loom_connection      Check whether the loom is connected.
Write       pause_mailing              Pause a mailing.
Write       resume_mailing             Resume a mailing.
Execute     pause_server               Pause a server.
Execute     resume_print               Resume the current print.
Read        kiln_schedule_show         Show the weekly schedule of a kiln.
Read        oven_schedule_show         Weekly schedule of an oven.
Read        dyeing_run                 One dyeing run: colour, vat, counts.
Read        haulage_order              Haulage order by number.
Execute     dye_run                    Run a dye on a vat.
Read        track_barge                Live status straight from the lock: stage and time.
Write       tally_fleeces              Tally fleeces and record the total.
Write       reply_clerk                Reply to a letter of a tenant.
Execute     apply_manifest             Apply a manifest to a cluster.
Financial   accept_offer               Take an offer of a courier. SPENDS MONEY: ask first.
Financial   book_barge                 Sends a barge at once; the trip is billed to your account.
Write       schedule_barge             Schedule a barge; no money moves until the offer is taken.
Write       export_pattern_to_loom     Export a pattern and transfer it to the device.
Write       export_reel                Exports a reel and saves it to a configured local folder.
Read        InquirePriceRenewLooms     Price of renewing looms.
Write       start_survey               Initialize a new survey of a reef.
Execute     start_conveyor             Create a batch and start the conveyor.
Read        loom_get_by_id             Get a loom.
Read        resolve_handle             Resolve a handle (or a profile) to a numeric id.
Write       resolve_quarrel            Resolve a quarrel with a tenant to the benefit of both.
Execute     build_and_simulate         Build a model of a hull, then run it.
Read        check_and_simulate         Check a model of a hull, then simulate it.
Write       amend_work_order           Amend a work order with its qty.
Execute     open_deeplink              Open a deep link on the phone.
Read        query_seat                 购买座位前查询余座
Financial   seat_buyer                 购买座位
Write       acme_attach_contact_to_list Puts a contact on a list.
Execute     DebugRun                   Resume execution of the debugged process.
Write       delete_breakpoint          Takes out a breakpoint.
Read        execute_gaql               Execute any Google Ads Query Language query.
Execute     kubectl_apply              Apply a manifest to the cluster
Execute     port_forward               Forward a local port to a pod
Execute     apply_run                  Confirms and applies a Terraform run
Write       put_object                 Uploads an object to an S3 bucket
Destructive empty_bucket               Remove all objects of a bucket
Execute     deploy_worker              Deploys a Cloudflare Worker script
Write       create_monitor             Creates a Postman monitor
Write       transition_issue           Transition a Jira issue to a new status
Write       reply_to_conversation      Reply to an Intercom conversation as an admin
Financial   pay_bill                   Record and pay a bill from a bank account in QuickBooks
Read        get_transactions           List transactions of a linked bank account via Plaid
Financial   place_market_order         Places a market order on Binance
Financial   request_ride               Requests a ride from pickup to dropoff
Financial   place_food_order           Submits the cart and pays with the saved card
Read        search_listings            Search Airbnb listings with filters
Execute     honk_horn                  Honk the horn
Execute     return_to_base             Send the vacuum to its dock
Write       connect_with_person        Send a connection request on LinkedIn
Write       vote                       Upvote or downvote a post
Write       place_component            Place a component on the PCB
Execute     run_script                 Run a Fusion 360 script
Execute     execute_cell               Execute a cell of a Jupyter notebook
Execute     publish_twist              Publish a velocity command to move the robot
Execute     upload_sketch              Upload a sketch to an Arduino board
Read        browse_nodes               Browse the OPC UA address space
Write       archive_thread             Archives an email thread
Write       accept_invitation          Accept a calendar invitation
Write       approve_time_off           Approve a time off request
Write       reject_candidate           Reject a candidate and send a rejection email
Write       create_purchase_request    Create a purchase request that needs approval
Write       send_envelope              Send a DocuSign envelope to its recipients
Write       set_out_of_office          Set an out of office message
Destructive wipe_device                Wipe a managed device
Write       create_api_key             Create an API key for the workspace
Destructive revoke_api_key             Revoke an API key
Execute     train_model                Start training of a model
Execute     create_fine_tuning_job     Create a fine-tuning job
Write       generate_image             Generate an image from a prompt
Read        ocr_image                  Extract text from an image
Write       save_memory                Save a memory for later
Read        recall_memories            Recall memories about a topic
Write       record_workout             Record a workout
Financial   donate                     Make a donation to a charity
Write       cancel_subscription_reminder Remove a reminder to cancel a subscription
Financial   stake_eth                  Stake ETH
Financial   bridge_tokens              Bridge tokens to another chain
Read        simulate_transaction       Simulate a transaction without sending it
Write       assign_bed                 Assign a bed on a ward to an admitted patient.
Execute     move_crane                 Drive a quay crane to a bay and row.
Financial   collect_trip_fee           Take the trip fee from a parent's stored card.
Write       offload_baggage            Order bags off an aircraft.
Read        no_fly_lookup              Look up whether a passenger is on the airline's no-fly list.
Write       trim_clip                  Cut a clip at two points and save it as a new file.
Read        transcribe_audio           Turn an audio file into text.
Write       write_off_stock            Write off damaged stock.
Write       register_birth             Register a birth in the civil register.
Read        fit_curve                  Fit a dose-response curve to numbers that you give.
Write       absolve                    Absolve a student of a course requirement.
Write       amalgamate                 Amalgamate two departments in the register.
Write       arrange_viewing            Arrange a viewing of a flat for an applicant.
Write       bump_priority              Bump the priority of a ticket.
Write       cater_event                Arrange catering for an event.
Write       classify_document_as       Put a document under a confidentiality class.
Write       clock_out                  Clock an employee out.
Write       concede_point              Concede a point in a negotiation.
Write       deploy_officer             Deploy an officer to a district.
Write       detain_parcel              Detain a parcel at customs.
Write       draft_letter               Draft a letter to a client.
Write       elect_option               Elect an option in a benefits plan.
Write       enact_rule                 Enact a rule in the library.
Write       fasten_order               Attach an order to a delivery.
Write       furlough_worker            Furlough a worker for a month.
Write       groom_backlog              Groom the backlog: reorder and label its items.
Write       hire_employee              Hire an applicant and create their employee record.
Write       immunise_patient           Enter that a patient was immunised.
Write       indict                     Enter an indictment.
Write       invite_bidder              Invite a bidder to a tender.
Write       keep_note                  Keep a note on a client.
Write       log_dose                   Log a dose.
Write       nominate_player            Nominate a player.
Write       offset_balance             Offset a credit note against an invoice in the ledger.
Write       pardon                     Enter a pardon.
Write       plan_route                 Plan a delivery route and save it.
Write       pre_register               Pre-register a guest.
Write       promote_employee           Promote an employee.
Write       quarantine_batch           Quarantine a batch.
Write       reactivate_membership      Reactivate a membership.
Write       reimpose_ban               Reimpose a ban.
Write       remand                     Remand a defendant in custody.
Write       rotate_crops               Enter next season's rotation for a field.
Write       schedule_surgery           Schedule a surgery.
Write       shelve_book                Shelve a returned book.
Write       slot_delivery              Slot a delivery into a window.
Write       stock_shelf                Stock a shelf.
Write       summon_juror               Summon a juror.
Write       tally_votes_and_record     Tally votes and record the result.
Write       tie_break                  Break a tie between bids.
Write       vacate_room                Mark a room as vacated.
Write       vet_supplier               Record that a supplier was vetted.
Write       withhold_release           Withhold a release.
Write       zone_parcel                Zone a parcel of land as residential.
Financial   advance_salary             Advance part of a salary to an employee.
Financial   auction_bid                Bid on a lot in an auction.
Financial   cash_cheque                Cash a cheque.
Financial   compensate_passenger       Pay compensation to a delayed passenger.
Financial   credit_customer            Credit a customer's account with an amount.
Financial   draw_down_facility         Draw down a credit facility.
Financial   escrow_release             Release money held in escrow to the seller.
Financial   forfeit_deposit            Keep a guest's deposit.
Financial   pay_supplier               Pay a supplier.
Financial   prepay_fuel                Prepay fuel for a fleet card.
Financial   recharge_card              Put money on a travel card.
Financial   recoup_overpayment         Recoup an overpayment from the next salary.
Financial   remit_tax                  Remit withheld tax to the revenue office.
Financial   send_remittance            Send money to a person abroad.
Financial   sweep_balance              Sweep the balance of an account to the main account.
Financial   wire_funds                 Wire funds.
Financial   process_refund             Process a refund.
Financial   charge_no_show             Charge a no-show fee to the guest's card.
Financial   subsidise_rent             Pay part of a resident's rent to the landlord.
Financial   place_wager                Place a wager.
Financial   close_margin_position      Close a margin position.
Financial   issue_gift_card            Issue a gift card loaded with an amount.
Financial   distribute_dividend        Distribute a dividend to shareholders.
Financial   purchase_spare_parts       Buy spare parts.
Execute     actuate_gate               Open or close the lock gate.
Execute     blast_off                  Launch a rocket motor on the test stand.
Execute     brew_batch                 Start a brew on the brewing line.
Execute     calibrate_robot_now        Run the robot's calibration motion.
Execute     charge_vehicle             Start charging a vehicle.
Execute     cool_tank                  Start cooling a tank.
Execute     dock_drone                 Fly a drone back to its dock.
Execute     energise_line              Energise a power line.
Execute     feed_animals               Run the feeder in a stall.
Execute     fire_kiln                  Fire the kiln by a programme.
Execute     flood_basin                Open the sluice to flood a basin.
Execute     heat_oven                  Heat an oven to a temperature.
Execute     hoist_load                 Hoist a load with the crane.
Execute     isolate_feeder             Switch off a feeder in the grid.
Execute     jog_axis                   Jog an axis.
Execute     lower_barrier              Lower a barrier.
Execute     open_sluice                Open a sluice gate.
Execute     pump_water                 Pump water from a basin.
Execute     raise_bridge               Raise a drawbridge.
Execute     run_macro                  Run a macro in a workbook.
Execute     run_simulation_job         Run a simulation on the cluster.
Execute     shut_off_gas               Shut off the gas to a building.
Execute     sound_siren                Sound a siren.
Execute     start_centrifuge           Start a centrifuge.
Execute     start_mill                 Start a mill.
Execute     trip_breaker               Trip a circuit breaker.
Execute     unlock_cell                Unlock a cell door.
Execute     water_plants               Water plants in a greenhouse bay.
Execute     turn_valve                 Turn a valve.
Execute     dispatch_robot             Send a robot to a shelf.
Execute     sterilise_load             Start a sterilising cycle in the autoclave.
Execute     submit_batch_job           Submit a batch job to the scheduler.
Execute     rerun_failed_steps         Run the failed steps again.
Destructive abolish_rule               Delete a rule.
Destructive burn_archive               Burn the archive copies of a case.
Destructive deregister_aircraft_forever Strike an aircraft off the register.
Destructive ditch_recording            Ditch a recording.
Destructive eradicate_entries          Eradicate entries of a person everywhere.
Destructive pulp_book                  Have remaining copies of a book pulped.
Destructive slaughter_animal_record    Remove an animal and its history from the herd book.
Destructive trash_message              Move a message to the trash.
Destructive wipe_phone                 Wipe a phone.
Read        appraise_house             Appraise a house by comparables.
Read        ascertain_owner            Ascertain who owns a parcel.
Read        audit_payments             Audit payments of a month and list oddities.
Read        benchmark_prices           Compare our prices with the market's.
Read        break_down_costs           Break costs down by department.
Read        check_eligibility          Check whether a resident is eligible for a benefit.
Read        correlate_series           Correlate two series.
Read        cross_reference            Cross-reference names with a list.
Read        decline_rate               The share of claims declined.
Read        deduce_cause               Deduce the likely cause of a fault.
Read        deposit_balance            Balance of a tenant's deposit.
Read        due_payments               Payments due this week.
Read        evaluate_bid               Evaluate a bid against the criteria.
Read        forecast_demand            Forecast demand for an article.
Read        grade_distribution         Distribution of grades in a class.
Read        interpolate                Interpolate between points.
Read        itinerary                  Itinerary of a passenger.
Read        list_refunds               Refunds of a day.
Read        match_donor                Find donors that match a patient.
Read        order_history              Orders of a customer.
Read        outline_regulation         Outline what a regulation asks.
Read        overdue_loans              Loans that are overdue.
Read        payment_status             Status of a payment.
Read        pinpoint_delay             Find where a delivery is held up.
Read        price_quote                Price of a shipment; nothing is ordered.
Read        refund_policy              The shop's refund policy.
Read        regress                    Fit a line to numbers.
Read        remaining_leave            Days of leave that an employee has left.
Read        roster                     Who works today.
Read        sample_size                Sample size for a given power.
Read        screen_name                Screen a name against sanction lists.
Read        survey_results             Results of a survey.
Read        ticket_availability        How many seats are left on a train.
Read        trace_batch                Trace a batch through production.
Read        transfer_history           Past transfers of a player.
Read        triage_advice              Advice on how urgent a complaint is.
Read        weigh_options              Weigh options against criteria and say which is better.
Read        who_is_on_call             Who is on call tonight.
Read        withdrawal_limits          Limits on withdrawals of an account.
Write       schedule_campaign          Schedule an email campaign to a segment of subscribers.
Execute     print_3d_model             Print a 3D model on the connected printer.
Execute     start_print_job            Start a print job.
Execute     octoprint_print            Print a file with OctoPrint.
Execute     send_gcode                 Send G-code to the printer.
Execute     pause_print                Pause the current print.
Execute     cancel_print               Cancel the current print job.
Read        get_printer_status         Get temperatures and progress of the printer.
Execute     set_bed_temperature        Set the temperature of the print bed.
Execute     preheat_printer            Preheat nozzle and bed.
Write       file_vat_return            File a VAT return with HMRC.
Read        get_observations           Bird observations near a place, from a public database.
Write       order_lab_test             Order a laboratory test for a patient.
Write       lend_book                  Lend a copy of a book to a reader.
Financial   lend_tokens                Lend tokens to a pool.
Write       create_contract            Create a contract from a template and send it to its signers.
Read        query_contract             Responds with the details of a contract.
Write       withdraw_contract          Withdraws a sent contract.
Financial   withdraw_funds             Withdraw money from the balance to a bank account.
Financial   capture_authorization      Captures a card authorization in full or in part.
Financial   collect_copayment          Collects the payment of a visit from the card on file.
Write       order_imaging              Order an imaging study for a patient.
Write       request_blood_test         Request a blood test from the laboratory.
Financial   order_supplies             Order supplies from a supplier.
Financial   place_purchase_order       Place a purchase order with a supplier.
Financial   book_room                  Book a room for a guest and charge the card on file.
Financial   book_flight                Book a flight for a traveller.
Write       book_meeting_room          Book a meeting room for a team.
Write       book_appointment           Book an appointment with a doctor.
Destructive cancel_booking_permanently Cancel a booking permanently.
Destructive cancel_contract_for_good   Cancel a contract for good. It cannot be restored.
Read        receive_message            Receive the next message from a queue.
Read        receive_events             Receive events from a subscription.
Write       receive_shipment           Record the receipt of a shipment and add its items to stock.
Write       receive_goods              Receive goods against a purchase order.
Write       receive_payment            Book a payment that a customer has made by bank transfer.
Write       record_payment             Record a payment that was received at the counter.
Write       record_time                Record time on a matter for billing.
Write       record_vitals              Record the blood pressure of a patient.
Write       record_delivery            Record that a delivery has arrived.
Read        get_recording              Return the recording of a call.
Write       post_journal_entry         Post a journal entry to the general ledger.
Write       post_invoice               Post an invoice to the ledger.
Financial   post_charge_to_folio       Post a charge for minibar or restaurant to the guest's folio.
Write       post_comment               Post a comment on a task.
Write       match_payments             Match payments to open invoices and mark them as paid.
Write       match_bank_lines           Match bank lines to ledger entries and reconcile them.
Read        match_candidates           Find candidates that match a vacancy.
Financial   settle_trade               Settle a trade by moving cash and securities.
Financial   settle_invoice             Settle an invoice from the company's bank account.
Financial   settle_claim               Settle an insurance claim by paying the claimant.
Write       settle_dispute             Settle a dispute between two parties and close the case.
Write       apply_discount             Apply a discount to a cart.
Write       apply_label                Apply a label to a document.
Write       apply_late_fee_rule        Apply a rule for late fees to an account type.
Execute     apply_migration            Apply a migration to the production database.
Financial   issue_refund               Issue a refund to the card of a customer.
Write       issue_invoice              Issue an invoice to a customer.
Write       issue_certificate          Issue a certificate of attendance to a student.
Write       issue_key_card             Encode a key card that opens the door of a room.
Write       issue_badge                Issue an access badge to a visitor.
Write       issue_permit               Issue a building permit.
Financial   issue_payout               Issue a payout to a seller.
Financial   capture_payment            Capture a payment that was authorised.
Write       capture_lead               Capture a lead from a form and add it to the pipeline.
Write       capture_signature          Capture the signature of a customer for a delivery.
Read        capture_screenshot         Capture a screenshot of a page.
Financial   release_payment            Release a payment that was held for review.
Financial   release_trust_funds        Release money from the client trust account to a payee.
Financial   release_escrow             Release escrow to the seller.
Write       hold_payment               Hold a payment for review.
Write       release_batch              Release a batch that was on hold.
Write       release_results            Release laboratory results to the patient's portal.
Write       hold_batch                 Put a batch on hold so that it cannot be shipped.
Write       place_hold                 Place a hold on a library book.
Write       waive_fee                  Waive a fee on a customer account.
Write       waive_conflict             Waive a conflict of interest for a new client.
Destructive void_cheque                Void a cheque. This cannot be undone.
Destructive void_payment               Void a payment before it is captured.
Write       write_off_debt             Write off the debt of a customer.
Write       write_off_time             Write off unbilled time so that it is never invoiced.
Destructive close_account              Close a customer account for good.
Destructive close_account_permanently  Close an account permanently.
Write       close_matter               Close a matter and archive its documents.
Write       close_period               Close an accounting period.
Write       close_case                 Close a case with a note.
Write       close_till                 Close the till for the day.
Write       assign_nurse               Assign a nurse to a bed for a shift.
Write       assign_agent_to_ticket     Assign a support agent to a ticket.
Write       assign_driver              Assign a driver to a delivery.
Write       enrol_student              Enrol a student in a course.
Write       enroll_patient             Enroll a patient in a study.
Execute     dispense_medication        Dispense a medication from the cabinet.
Financial   dispense_cash              Dispense cash from a teller machine.
Write       discharge_patient          Discharge a patient and close the stay.
Write       admit_patient              Admit a patient to a ward.
Write       transfer_patient           Transfer a patient to another ward.
Financial   transfer_funds             Transfer funds between two accounts.
Write       prescribe_medication       Prescribe a medication for a patient.
Write       archive_matter             Archive a matter and its documents.
Destructive retire_device              Retire a device and wipe its storage.
Destructive revoke_access              Revoke the access of a user.
Destructive revoke_licence             Revoke the licence of a driver.
Write       sign_note                  Sign a clinical note. A signed note can no longer be edited.
Write       sign_engagement_letter     Sign an engagement letter in the partner's name.
Write       sign_contract              Sign a contract on behalf of the company.
Financial   sign_transaction           Sign a transaction of a wallet and send it to the chain.
Write       file_motion                File a motion with the court.
Write       file_tax_declaration       File a tax declaration with the tax office.
Write       file_claim                 File an insurance claim for a customer.
Write       submit_claim               Submit an insurance claim.
Write       submit_expense_report      Submit an expense report for approval.
Write       submit_timesheet           Submit a timesheet for a week.
Financial   submit_payment_batch       Submit a batch of payments to the bank.
Write       mark_invoice_paid          Mark an invoice as paid.
Write       mark_order_shipped         Mark an order as shipped.
Write       mark_attendance            Mark the attendance of a student.
Write       create_price               Define a price for a product.
Write       create_plan                Define a plan that customers can subscribe to.
Write       create_coupon              Create a coupon that customers can redeem.
Write       create_discount_code       Create a discount code for a campaign.
Write       update_price_list          Change the price list of a shop.
Write       create_payment_link        Create a link through which a customer can pay.
Write       set_credit_limit           Set the credit limit of a customer.
Financial   create_subscription        Create a subscription. The customer is charged monthly.
Financial   charge_customer            Charge the card of a customer.
Financial   pay_commission             Pay a commission to an agent.
Financial   run_payroll                Run payroll and pay all employees.
Financial   approve_payment_run        Approve a payment run so that the bank pays it out.
Write       approve_leave              Approve a request for leave.
Financial   reverse_payment            Reverse a payment and return the money to the payer.
Write       reverse_journal_entry      Reverse a journal entry.
Write       reconcile_account          Reconcile a bank account with the ledger.
Write       reserve_stock              Reserve stock for an order.
Write       check_in_guest             Mark a guest as arrived and hand out the room number.
Financial   check_out_guest            Check out a guest and charge the card on file.
Write       adjust_inventory           Adjust the stock of an item after a count.
Write       ship_order                 Ship an order and print its label.
Execute     move_pallet                Send a forklift robot to move a pallet to another bin.
Destructive scrap_items                Scrap damaged items and write off their value.
Destructive reset_account_irreversibly Reset an account irreversibly to its first state.
Destructive merge_contacts_permanently Merge duplicate contacts permanently. This cannot be undone.
Execute     stop_line_immediately      Stop a production line immediately.
Read        get_payment_status         Return whether a payment has been settled.
Read        list_held_payments         List payments that are on hold.
Read        search_refunds             Search refunds by date and amount.
Read        get_price                  Return the price of an item.
Read        check_credit               Check the credit rating of a customer.
Read        get_order                  Return an order with its lines.
Read        track_shipment             Track a shipment by its number.
Financial   grant_loan                 Grant a loan to an applicant.
Financial   approve_refund             Approve a refund that a customer has asked for.
Write       deny_claim                 Deny a claim and give the reason.
Write       assign_licence             Assign a software licence to a user.
Write       apply_coupon               Apply a coupon to a basket.
Write       apply_credit_note          Apply a credit note to an invoice.
Write       issue_credit_note          Issue a credit note for an invoice.
Financial   issue_purchase_order       Issue a purchase order to a supplier.
Write       match_transactions         Match bank transactions to receipts.
Financial   settle_bill                Settle the bill of a table with the card on file.
Financial   book_freight               Book freight with a carrier at the quoted price.
Write       book_journal               Book a journal entry in the ledger.
Write       release_hold               Release a hold on an account.
Write       close_shift                Close the shift of a cashier.
Destructive revoke_certificate         Revoke a certificate.
Write       sign_prescription          Sign a prescription for a patient.
Write       file_complaint             File a complaint with the regulator.
Write       file_patent                File a patent application.
Financial   submit_bid                 Submit a bid in an auction.
Write       hold_shipment              Hold a shipment at the depot.
Write       mark_no_show               Mark a guest as a no-show.
Write       define_fee_schedule        Define the schedule of fees.
Write       create_subscription_plan   Create a subscription plan with a monthly price.
Write       update_plan_price          Change the price of a plan.
Write       create_promotion           Create a promotion for a weekend.
Financial   charge_late_fee            Charge a late fee to the card of a member.
Financial   refund_order               Refund an order.
Financial   pay_invoice                Pay an invoice by bank transfer.
Financial   reimburse_expense          Reimburse an employee for an expense.
Financial   debit_account              Debit an account by an amount.
Financial   collect_payment            Collect a payment from the card of a customer.
Financial   take_payment               Take a payment by card at the counter.
Financial   take_deposit               Take a deposit from a guest.
Financial   draw_funds                 Draw funds from a credit line.
Write       withdraw_application       Withdraw an application for a job.
Write       deposit_sample             Deposit a sample in the freezer.
Write       transfer_ticket            Transfer a ticket to another team.
Write       trade_shift                Trade a shift with a colleague.
Financial   order_taxi                 Order a taxi to an address.
Financial   rent_car                   Rent a car for a week.
Write       hire_candidate             Hire a candidate for a position.
Financial   lease_equipment            Lease equipment for a year.
Write       renew_passport             Renew a passport.
Write       extend_book_loan           Extend the loan of a library book.
Destructive terminate_contract         Terminate a contract.
Write       dismiss_alarm              Dismiss an alarm.
Destructive cancel_order               Cancel an order.
Write       consume_stock              Consume stock for a production order.
Write       open_dispute               Open a dispute about a delivery.
Write       open_case                  Open a case for a customer.
Write       supply_goods               Supply goods to a shop from the warehouse.
Write       grade_exam                 Grade an exam and store the mark.
Write       review_leave_request       Approve or reject a request for leave.
Write       freeze_card                Freeze a card that was reported as lost.
Write       admit_student              Admit a student to a course.
Write       load_truck                 Assign pallets to a truck and mark them as loaded.
Write       requisition_supplies       Raise a requisition for supplies.
Write       adjudicate_claim           Decide a claim and record the outcome.
Write       register_vehicle           Register a vehicle to an owner.
Write       license_business           Grant a licence to a business.
Write       swap_shifts                Swap the shifts of two nurses.
Write       place_patient_on_hold      Put a patient on a waiting list.
Write       exchange_item              Exchange an item for another size.
Financial   buy_shares                 Buy shares at the market price.
Financial   close_position             Close an open position at the market.
Read        get_invoice_total          Return the total of an invoice.
Read        list_waived_fees           List fees that were waived in a period.
Read        find_unmatched_payments    Find payments that match no invoice.
Read        get_settlement_report      Return the settlement report of a day.
Read        list_signed_contracts      List contracts that have been signed.
Read        get_lab_results            Return the results of a laboratory test.
Read        list_orders                List the orders of a customer.
Read        view_booking               Show a booking with its guests.
Write       swap_berths                Swap the berths of two vessel calls.
Financial   swap_tokens                Swap tokens of a wallet at the market rate.
Write       clear_vessel               Clear a vessel for departure.
Execute     close_sluice_gate          Close a sluice gate.
Execute     open_valve_of_tank         Open the outlet valve of a tank.
Financial   levy_port_dues             Charge port dues to the agent of a ship.
Write       book_donation_slot         Book a slot for a donation.
Write       exchange_units             Exchange units of blood with another blood bank.
Financial   collect_court_fee          Collect the court fee from the card of the claimant.
Write       collect_parcel             Collect a parcel from a sender.
Write       scale_recipe               Scale a recipe to another size and save it anew.
Destructive dump_batch                 Dump a spoilt batch. This cannot be undone.
Write       draw_sample                Records that a sample was drawn from a tank.
Write       log_spraying               Logs a spraying in the register.
Write       comp_tickets               Books complimentary tickets for the press.
Write       hire_picker                Hire a picker for the season.
Write       terminate_employee         End the employment of a worker and close the record.
Write       suspend_permit             Suspend a permit to work.
Write       suspend_pension            Suspend the payment of a pension.
Write       resume_pension             Resume a suspended pension.
Execute     suspend_instance           Suspend a virtual machine.
Execute     resume_pipeline            Resume a pipeline.
Write       suspend_pupil              Suspend a pupil for a week.
Read        track_vehicles             Track the positions of vehicles.
Financial   transfer_out               Transfer the pot of a member to another scheme, by amount.
Financial   switch_funds               Switch the investments of a member between funds.
Financial   commute_lump_sum           Commutes part of a pension into a lump sum and pays it out.
Write       check_in_visit             Checks a patient in at the front desk.
Execute     return_to_home             Make a drone fly home and land.
Execute     charge_battery             Charge the battery of a drone.
Write       open_bidding               Open the bidding on a lot.
Write       consign_item               Take an item into consignment for a seller.
Financial   invoice_buyer              Creates the invoice of a buyer and charges the deposit.
Write       bin_paper_stock            Move paper stock to a bin of the warehouse.
Write       retire_plan                Retire a plan, so that nobody can sign up for it.
Write       authorise_repair           Record that the owner has authorised a repair.
Write       book_in_vehicle            Book a car into the workshop.
Destructive deaccession_object         Strike an object from the register for good.
Execute     disarm_case                Disarm the alarm of a display case.
Write       recall_loan                Recall an object on loan.
Execute     print_3mf                  Print a model on a printer.
Write       scale_stl                  Scale an STL model by a factor.
Write       link_transaction           Link a transaction to an invoice.
Write       send_payment_reminder      Send a payment reminder to a customer.
Execute     promote_release            Promote a release to production.
Read        start_search               Start a search over all files.
Destructive rollback_snapshot          Roll a machine back to a snapshot.
Read        get_release_date           Return the date on which a film is released.
Destructive withdraw_work              Take a work out of the library for good.
Write       take_down_poster           Take a poster down.
Write       answer_resident            Answer a resident by e-mail.
Read        answer_question            Answer a question about the docs.
Financial   rebook_crossing            Move a ticket; the difference is charged or refunded.
Financial   extend_stay                Extend a stay. The guest's card is charged.
Read        search_tariffs             Search tariffs. Customers are charged per call.
Read        list_mentions              Comments, mentions and direct messages of all profiles.
Read        get_mail_figures           Opens, clicks, bounces and unsubscribes of a campaign.
Read        list_received_files        Files downloaded in this session, with their size.
Read        get_rent_book              Rent book of a tenancy: charges, receipts, balance.
Financial   trade_desk                 Orders, cancels or amends a trade.
Write       hold_pay_run               Put a hold on a pay run before the cut-off.
Financial   change_tariff_plan         Change the plan or buy call credits.
Financial   boost_post                 Promote a published post as an ad.
Financial   authorise_timesheets       Authorise timesheets for payroll.
Financial   release_bank_file          Release the file; the amount is debited from the account.
Destructive close_lease                Close a lease and archive its papers. Not reversible.
Write       log_repair                 Report a repair.
Read        track_container            Events and ETA by container number.
Read        resolve_name               Resolve a name through our resolvers.
Read        scroll_points              Page through all points of a collection.
Read        bed_census                 Occupancy of each ward.
Execute     update_firmware            Update the firmware of a controller.
Execute     override_actuator          Force a vent or a lamp whatever the control logic says.
Execute     send_raw_command           Send a raw command to the instrument.
Execute     fertigation_dose           Inject nutrient from a tank into the line.
Read        position_get               Open position by delivery period.
Read        calculate_dose             Dose calculator by species and weight.
Write       set_fraud_flag             Raises or clears the investigation flag.
Write       access.override            Let a person through a turnstile.
Write       recall_crew                Call a crew back to its station.
Write       hold_sales_order           Put an order on hold.
Write       request_papers             Ask the applicant for missing papers.
Destructive end_appeal                 End an appeal for donations. It cannot be reopened.
Read        office_slots               Free slots at the office.
Read        list_db_locks              Blocking tree.
Read        sprint_report              Burndown, velocity and scope change for a sprint.
Write       cancel_hotel_draft         Cancel a draft. Nothing is charged.
Execute     end_sync_run               Stops the sync run that is under way.
Execute     terminate_operation        Stops the export operation that is running.
Execute     hang_up                    Terminates a call.
Write       authorise_device           This call marks a device as authorised or revokes that.
Write       reset_passcode             Start the password reset flow of a guest.
Write       begin_layer_edit           Start editing a layer.
Write       rollback_changes           Throws the edit buffer away.
Write       affix_stamp                Applies the office's stamp to a deed.
Write       collate_bundle             Assemble a court bundle from documents.
Write       MedicineRequest_create     Place a medication order for a ward.
Write       approve_player_move        Approve a transfer between clubs.
Write       load_synth_preset          Load a preset onto a track.
Write       open_song                  Opens a song. Unsaved changes in the current one are lost.
Write       aspect_of_gantry           Shows an aspect on the gantry signals.
Write       standby_kiln               Take a kiln to hot standby.
Write       dump_meter_month           Write the readings of a month to a CSV file.
Write       render_plan                Render the current plan to an image file.
Write       print_tray_label           Print labels of a tray.
Read        list_patch_titles          Patch titles with the spread of versions.
Write       list_patch_now             Patch a title on all machines.
Write       shopping_list_add_item     Add item to a shopping list.
Financial   convert_balances           Convert across balance accounts of a profile using a quote.
Read        convert_currency           Convert an amount between currencies at today's rate.
Write       extract_members            Extract of the members to a spreadsheet.
Write       render_still               Render the current frame to an image in the project folder.
Execute     voice_link                 Opens the intercom to the car.
Write       log_catch                  Note fish caught in kg.
Read        log_levels                 Available log levels.
Read        log_text                   Text of the newest log.
Write       delist_plot                Take a plot off the market.
Write       seal_minutes               Ask the registrar to seal the minutes.
Write       fare_watch                 Get alerted when a fare drops under a price.
Financial   make_plot_offer            Make a binding offer for a plot.
Execute     open_coop                  Open the motorised way out.
Execute     antenna_uplink             Uplink a telecommand to the spacecraft.
Write       dispense_tablets           Take tablets out of stock against a signed slip.
Read        crop_vigour                Compute the vigour of a field.
Write       crop_layer                 Crop the layer.
Write       refuse_permit              Refuse a permit.
Read        vineyard_weather           Storms and frost for the vineyard.
Read        berth_patch_status         Patch status of the pumps of a quay.
Read        hull_patches               Patches missing on a lock.
Write       unread_gate_message        Mark a message of the gate as unread.
Read        unread_gate_messages       Messages nobody has read yet.
Read        glacier                    Query glacier database for a name.
Read        walk_pedigree              Navigate the pedigree of a stallion.
Write       subscribe_buoys            Start buffering readings of buoys.
Read        jetty_adverse_events       Adverse events reported at a jetty.
Read        get_tide_picture           Build a picture of the tides of a week.
Read        vessel_eta                 Estimated time of arrival of a vessel.
Read        tide_window                Window in which a draught can pass the bar.
Read        shift_handover             Handover notes of a shift.
Read        bath_chemistry             Strength and replenishment of each bath.
Read        silver_recovery            Silver recovered this quarter.
Read        missed_sailings            Passengers who missed a sailing.
Write       immobilise_assets          Immobilise assets of a debtor.
Write       deaccession_proposal       Draft a proposal to deaccession an object.
"""

ROWS = [tuple(line.split(maxsplit=2)) for line in DEFINED.strip().splitlines()]
RULES = load_class_rules()


@pytest.mark.parametrize(("tool_class", "name", "says"), ROWS, ids=[row[1] for row in ROWS])
def test_a_verb_is_read_in_its_business_sense(tool_class, name, says):
    assert read_tool(Tool(name=name, description=says), RULES).tool_class == tool_class


def test_what_is_lent_by_the_number_of_a_card_costs_nothing():
    schema = {"properties": {"card_number": {"type": "string"}}}
    says = "Check out a volume to a borrower."
    tool = Tool(name="checkout_volume", description=says, input_schema=schema)
    assert read_tool(tool, RULES).tool_class == "Write"


def test_the_table_has_no_name_twice():
    assert len({name for _, name, _ in ROWS}) == len(ROWS)


def test_a_letter_is_mail_and_an_insurance_policy_no_security_policy():
    rules = load_class_rules()
    read = read_tool(Tool(name="read_letter", description="Return the text of a letter."), rules)
    assert "reads_untrusted_content" in read.flags
    send = read_tool(Tool(name="send_letter", description="Send a letter to a customer."), rules)
    assert "can_exfiltrate" in send.flags
    policy = "Return a customer's insurance policy with its cover."
    found = read_tool(Tool(name="get_policy", description=policy), rules)
    assert "admin_or_identity" not in found.flags


@pytest.mark.parametrize(
    ("name", "says", "brake"),
    [
        ("cancel_order", "Cancel an open order by its id.", True),
        ("cancel_order", "Cancel a customer order and restock the items.", False),
        ("cancel_departure", "Cancel a departure and notify all passengers by SMS.", False),
    ],
)
def test_cancelling_is_a_brake_only_where_no_customer_or_reader_feels_it(name, says, brake):
    assert read_tool(Tool(name=name, description=says), RULES).brake is brake


@pytest.mark.parametrize(
    "says",
    [
        "Cancel a departure and notify all passengers by SMS.",
        "Notify the relatives of all patients on a ward.",
        "Cancel a meeting; the attendees are notified.",
    ],
)
def test_who_is_told_is_reached_whatever_else_a_tool_does(says):
    assert "can_exfiltrate" in read_tool(Tool(name="change_plan", description=says), RULES).flags


def test_what_sets_a_ship_moves_equipment():
    tool = Tool(name="set_ballast", description="Set ballast tank levels of a vessel.")
    assert "t.physical" in dict(read_tool(tool, RULES).traits)


def test_the_volume_of_music_is_neither_a_disk_nor_equipment():
    tool = Tool(name="setVolume", description="Set the playback volume to a percentage.")
    assert not {"t.physical", "t.deploy"} & dict(read_tool(tool, RULES).traits).keys()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("withdraw_bus", "Take a bus out of service at once; its passengers are informed."),
        ("take_down", "Take a listing offline; its buyers are notified."),
    ],
)
def test_what_is_taken_out_of_use_is_changed_not_fetched(name, says):
    found = read_tool(Tool(name=name, description=says), RULES)
    assert found.tool_class == "Write"
    assert "can_exfiltrate" in found.flags
