package handlers

var submitCures []cure
