// Package events tells the world what has happened in stores: it reads the outbox, hands every event to the notifiers, and sends
// webhooks to whoever has subscribed.
//
// It never keeps what is still to be told itself: that is in the database, so that any process can go on with what another began. And it
// never follows a receiver anywhere: not to another address, and not into a private network.
package events
